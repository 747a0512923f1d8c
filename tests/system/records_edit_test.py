"""outpostctl records set, recycle, delete: what is chosen is changed, what is held is not, and an undo file brings it
all back, also through an import."""
import csv
import json
import pathlib
import resource
import unittest

from harness import CATALOGUE, SharedServerTest

HEADER = ["contact_info", "tz_name", "record_status", "call_result", "attempt", "client-id", "STATE"]
RECORDS = 450  # more than two pages


def with_customer_field():
    catalogue = json.loads(json.dumps(CATALOGUE))
    catalogue["calling-lists"][0]["customer-id-field"] = "client-id"
    return catalogue


class RecordsEdit(SharedServerTest):
    catalogue = with_customer_field()

    def setUp(self):
        super().setUp()
        self.server.ctl("records", "delete", "Spring_2024", "--all")
        path = self.server.directory / "rows.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *(
                [f"+1555{n:04}", "GMT", "Updated", "Busy", "3", f"C{n}", 'a "b", c'] for n in range(RECORDS))])
        self.server.ctl("import", "Spring_2024", str(path), "--restart")
        self.assertEqual(len(self.records()), RECORDS)
        self.undo = str(self.server.directory / f"{self._testMethodName}.csv")

    def records(self, *filters):
        lines = self.server.ctl("records", "Spring_2024", "--all", "--json", *filters).stdout.splitlines()
        return {r["record_id"]: r for line in lines for r in json.loads(line)["records"]}

    def edit(self, command, *arguments):
        return self.server.ctl_json("records", command, "Spring_2024", *arguments)

    def test_recycled_records_are_previewed_again_and_undone(self):
        before = self.records()
        planned = self.edit("recycle", "--result", "Busy", "--dry-run")
        self.assertEqual((planned["chosen"], planned["changed"], len(planned["sample"])), (RECORDS, RECORDS, 10))
        self.assertEqual(self.records(), before)
        self.server.ctl("dnc", "add", "--phone", "+1-555-0007")
        self.addCleanup(self.server.ctl, "dnc", "remove", "--phone", "+15550007")
        done = self.edit("recycle", "--result", "Busy", "--undo-file", self.undo)
        self.assertEqual((done["changed"], done["do_not_call"]), (RECORDS - 1, 1))
        after = self.records("--status", "Ready")
        self.assertEqual(len(after), RECORDS - 1)
        self.assertEqual({(r["attempt"], r["call_result"]) for r in after.values()}, {(0, 28)})

        held = self.preview()
        back = self.server.ctl("records", "undo", self.undo, "--json", check=False)
        self.assertEqual(back.returncode, 5)
        told = json.loads(back.stdout)
        self.assertEqual((told["restored"], told["held"], told["unchanged"]), (RECORDS - 2, 1, 1))
        now = self.records()
        self.assertEqual({i: r for i, r in now.items() if i != held}, {i: r for i, r in before.items() if i != held})

    def preview(self):
        """The record that an agent holds from now on."""
        answer = self.server.preview(GSW_AGENT_ID="a1")
        self.assertEqual(answer.status, 200, answer.body)
        self.addCleanup(self.give_back)
        (record_id,) = self.records("--status", "Retrieved")
        return record_id

    def give_back(self):
        for command in (["unload", "--force"], ["load"], ["start"]):
            self.server.ctl("group", command[0], "Spring@Group", *command[1:])

    def test_held_records_are_left_alone_by_every_command(self):
        self.server.ctl("records", "set", "Spring_2024", "record_status=Ready", "--contact", "+15550001")
        held = self.preview()
        row = self.records()[held]
        for command, *values in (["set", "attempt=9"], ["recycle"], ["delete"]):
            done = self.edit(command, *values, "--status", "Retrieved")
            self.assertEqual((done["chosen"], done["held"], done["changed"]), (1, 1, 0), command)
        self.assertEqual(self.records()[held], row)

    def test_deleted_records_come_back_as_they_were(self):
        before = self.records()
        done = self.edit("delete", "--all", "--undo-file", self.undo)
        self.assertEqual((done["changed"], done["undo_file"]), (RECORDS, self.undo))
        self.assertEqual(self.records(), {})
        told = self.server.ctl_json("records", "undo", self.undo)
        self.assertEqual((told["restored"], told["unchanged"]), (RECORDS, 0))
        self.assertEqual(self.records(), before)
        self.assertEqual(self.server.ctl_json("records", "undo", self.undo)["unchanged"], RECORDS)

        # The file is an export as well: an import makes new records of it.
        self.edit("delete", "--all")
        self.server.ctl("import", "Spring_2024", self.undo, "--skip",
                        "record_id,chain_id,chain_n,customer_id,undo_list,undo_custom,undo_after,undo_tz")

        def bare(records):
            return sorted(json.dumps({**r, "record_id": 0, "chain_id": 0}, sort_keys=True) for r in records.values())
        self.assertEqual(bare(self.records()), bare(before))

    def test_a_whole_list_is_changed_only_by_who_says_so(self):
        for command in ("set", "recycle", "delete"):
            values = ["attempt=1"] if command == "set" else []
            done = self.server.ctl("records", command, "Spring_2024", *values, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--all", done.stderr)
        self.assertEqual(len(self.records("--result", "Busy")), RECORDS)

    def test_a_wrong_value_is_refused_before_anything_is_written(self):
        for value, words in (("atempt=1", "attempt"), ("attempt=x", "integer"), ("tz_name=GTM", "GMT"),
                             ("record_status=Retrieved", "nobody would hold")):
            done = self.server.ctl("records", "set", "Spring_2024", value, "--all", "--json", check=False)
            self.assertEqual(done.returncode, 1, value)
            self.assertIn(words, done.stderr)
            self.assertIn(words, json.loads(done.stdout)["error"])
        done = self.server.ctl("records", "set", "Spring_2024", "attempt=1", "--all", "--undo-file",
                               str(self.server.directory / "rows.csv"), check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("rows.csv is there already", done.stderr)
        done = self.server.ctl("records", "undo", str(self.server.directory / "rows.csv"), check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("no undo file", done.stderr)

    def test_a_command_that_cannot_be_undone_as_asked_changes_nothing(self):
        before = self.records()
        taken = self.server.directory / "taken.csv"
        taken.touch()
        missing = self.server.directory / "missing"
        for file, status, words in (
                (str(taken), 4, "taken.csv is there already, and is not overwritten: name another file"),
                (str(missing / "undo.csv"), 4, f"the folder {missing} does not exist"),
                (str(self.server.directory), 4, "is there already"),
                ("-", 2, "--undo-file: '-' is no file: the name of a new one is needed"),
                ("", 2, "--undo-file: '' is no file: the name of a new one is needed")):
            done = self.server.ctl("records", "delete", "Spring_2024", "--all", "--undo-file", file, check=False)
            self.assertEqual((done.returncode, done.stdout), (status, ""), file)
            self.assertIn(words, done.stderr)
        # The nearest thing to a full disk that needs no disk.
        done = self.server.ctl("records", "delete", "Spring_2024", "--all", "--undo-file", self.undo, check=False,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn(f"cannot write to {self.undo}", done.stderr)
        self.assertEqual(self.records(), before)

    def test_a_command_that_is_refused_leaves_no_undo_file_in_the_way(self):
        for command, *values in (["set", "atempt=1"], ["set", "attempt=x"], ["delete", "--dry-run"]):
            self.server.ctl("records", command, "Spring_2024", *values, "--all", "--undo-file", self.undo, check=False)
            self.assertFalse(pathlib.Path(self.undo).exists(), (command, values))
        self.assertEqual(self.edit("set", "attempt=3", "--all", "--undo-file", self.undo)["unchanged"], RECORDS)
        self.assertTrue(pathlib.Path(self.undo).exists())

    def test_what_is_mistyped_is_named(self):
        before = self.records()
        no_list = self.server.directory / "no-list.csv"
        no_list.write_text("record_id,undo_list,undo_custom,undo_after\n1,Nowhere,,\n")
        for arguments, status, words in (
                (["recyle", "Spring_2024", "--all"], 2,
                 '"recyle" is no command of records and was taken for LIST; its commands are set, recycle, delete, undo'),
                # An option of `records`, which would be taken and do nothing.
                (["delete", "Spring_2024", "--result", "Busy", "--limit", "5"], 2,
                 "--limit is of the command records alone, not of records delete"),
                (["undo", self.undo, "--watch"], 2, "--watch is of the command records alone, not of records undo"),
                (["set", "Sprng_2024", "attempt=1", "--all"], 1, 'is "Spring_2024" meant?'),
                (["undo", self.undo + "x"], 4, "No such file or directory"),
                (["undo", str(no_list)], 1, 'there is no calling list "Nowhere"\n')):
            done = self.server.ctl("records", *arguments, check=False)
            self.assertEqual((done.returncode, done.stdout), (status, ""), arguments)
            self.assertIn(words, done.stderr)
        self.assertEqual(self.records(), before)


if __name__ == "__main__":
    unittest.main()
