"""outpostctl dnc: whom no preview hands out is added, listed, removed, imported and exported, tenant by tenant."""
import csv
import io
import json
import unittest

from harness import CATALOGUE, SystemTest


class DncCommand(SystemTest):
    def test_a_listed_contact_is_not_handed_out(self):
        server = self.running()
        entries = ("--phone", "+15550100", "--phone", "+15550101", "--customer-id", "C7")
        self.assertIn("3 added", server.ctl("dnc", "add", *entries).stdout)
        self.assertIn("3 in the list already", server.ctl("dnc", "add", *entries).stdout)
        server.add("+15550100")
        server.add("+15550102")
        self.assertEqual(server.preview().json["GSW_PHONE"], "+15550102")
        self.assertEqual(server.preview().json["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.assertEqual(server.rows("SELECT record_type, record_status, call_result FROM records "
                                     "WHERE contact_info = '+15550100'"), [(7, 3, 51)])

    def test_list_and_remove(self):
        server = self.running()
        server.ctl("dnc", "add", "--phone", "+1", "--phone", "+2", "--customer-id", "C7")
        entries = server.ctl_json("dnc", "list")["entries"]
        self.assertEqual([(e.get("phone"), e.get("customer_id")) for e in entries],
                         [("+1", None), ("+2", None), (None, "C7")])
        self.assertGreater(entries[0]["added_at"], 1_700_000_000)
        self.assertEqual(len(server.ctl_json("dnc", "list", "--kind", "phone")["entries"]), 2)
        self.assertEqual(len(server.ctl_json("dnc", "list", "--phone", "+9")["entries"]), 0)
        some = server.ctl("dnc", "list", "--limit", "2")
        self.assertIn("the first 2", some.stderr)
        self.assertNotIn("C7", some.stdout)
        removed = server.ctl("dnc", "remove", "--phone", "+1", "--phone", "+9")
        self.assertIn("1 removed\n+9 was not in the list", removed.stdout)
        self.assertEqual(len(server.ctl_json("dnc", "list", "--all")["entries"]), 2)

    def test_a_tenant_is_named_when_there_are_several(self):
        catalogue = json.loads(json.dumps(CATALOGUE))
        catalogue["tenants"].append({"dbid": 2, "name": "Second"})
        server = self.outpost().start()
        server.apply(catalogue)
        done = server.ctl("dnc", "add", "--phone", "+1", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Resources, Second", done.stderr)
        server.ctl("dnc", "add", "--phone", "+1", "--tenant", "Second")
        self.assertEqual(len(server.ctl_json("dnc", "list", "--tenant", "Second")["entries"]), 1)
        self.assertEqual(len(server.ctl_json("dnc", "list", "--tenant", "Resources")["entries"]), 0)

    def test_import_reports_bad_rows_and_export_can_be_imported(self):
        server = self.running()
        path = server.directory / "dnc.csv"
        rows = [[f"+1555{n:07}", f"C{n}" if n % 2 else ""] for n in range(3000)]
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["phone", "customer_id"], *rows, ["9" * 129, "ok"], ["only one"]])
        done = server.ctl("dnc", "import", str(path), check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("added 4,501 entries", done.stdout)
        rejects = list(csv.reader(io.StringIO((server.directory / "dnc.csv.rejects.csv").read_text())))
        self.assertEqual([row[:2] for row in rejects], [["reject_line", "reject_column"], ["3002", "phone"], ["3003", ""]])

        out = server.directory / "out.csv"
        server.ctl("dnc", "export", "-o", str(out))
        again = server.ctl("dnc", "import", str(out))
        self.assertIn("added 0 entries", again.stdout)
        self.assertIn("4,501 were in the list already", again.stdout)
        self.assertEqual(sum(len(json.loads(line)["entries"]) for line in
                             server.ctl("dnc", "list", "--all", "--json").stdout.splitlines()), 4501)
        self.assertEqual(len(server.ctl_json("dnc", "list", "--limit", "1200")["entries"]), 1200)

    def test_command_lines_that_make_no_sense(self):
        server = self.running()
        for arguments, code, word in ((("add",), 2, "--phone or --customer-id"),
                                      (("list", "--kind", "mail"), 2, "phone"),
                                      (("ad", "--phone", "1"), 2, "did you mean add"), ((), 2, "subcommand"),
                                      (("add", "--phone", "1" * 129), 1, "128"),
                                      (("import", "/nonexistent.csv"), 4, "nonexistent")):
            done = server.ctl("dnc", *arguments, check=False)
            self.assertEqual(done.returncode, code, (arguments, done.stderr))
            self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main()
