"""outpostctl: apply is idempotent and says what it changed; status tells the whole story; errors help."""
import json
import os
import stat
import subprocess
import unittest

from harness import BIN, CATALOGUE, SystemTest


class Ctl(SystemTest):
    def test_apply_twice_changes_nothing_the_second_time(self):
        server = self.outpost().start()
        first = server.ctl("apply", str(server.write_catalogue()))
        self.assertIn("Spring_2024", first.stdout)
        second = server.ctl_json("apply", str(server.directory / "catalogue.json"))
        self.assertEqual(second["changes"], [])
        changed = json.loads(json.dumps(CATALOGUE))
        changed["campaign-groups"][0]["state"] = "Active"
        third = server.ctl("apply", str(server.write_catalogue(changed)))
        self.assertIn("Spring@Group", third.stdout)
        self.assertIn("Active", third.stdout)

    def test_all_errors_of_an_apply_file_at_once_and_nothing_done(self):
        server = self.outpost().start()
        wrong = json.loads(json.dumps(CATALOGUE))
        wrong["campaigns"][0]["lists"][0]["list"] = "Sprong_2024"
        wrong["campaign-groups"][0]["state"] = "Walking"
        wrong["calling-lists"][0]["nmae"] = "x"
        path = server.directory / "wrong.json"
        path.write_text(json.dumps(wrong, indent=1))
        done = server.ctl("apply", str(path), check=False)
        self.assertEqual(done.returncode, 1)
        for word in ("Sprong_2024", "Walking", "Running", "nmae", "name"):
            self.assertIn(word, done.stderr)
        self.assertEqual(server.ctl_json("catalogue")["calling-lists"], [])

    def test_status(self):
        server = self.running()
        for n in range(10):
            server.add(f"+1555010{n}")
        server.add(GSW_TZ_NAME="Mars")
        status = server.status()
        self.assertEqual((status["pid"], status["role"]), (server.process.pid, "primary"))
        self.assertEqual(status["proxy"]["pid"], server.proxy_pid)
        self.assertEqual(status["proxy"]["listeners"][0]["port"], server.port)
        self.assertEqual(status["requests"]["by_outcome"]["AddRecordAcknowledge"], 10)
        self.assertEqual(status["requests"]["by_outcome"]["104 InvalidAttribute"], 1)
        self.assertGreaterEqual(status["store"]["syncs"], 1)
        human = server.ctl("status").stdout
        for word in ("primary", str(server.proxy_pid), str(server.port), "AddRecordAcknowledge"):
            self.assertIn(word, human)

    def test_the_socket_is_private(self):
        server = self.running()
        self.assertEqual(stat.S_IMODE(os.stat(server.control).st_mode), 0o600)

    def test_a_slip_of_the_hand_is_named(self):
        for arguments, words in ((["statuss"], ["statuss", "did you mean status"]), (["record", "L", "abc"], ["abc", "1"]),
                                 (["records", "L", "--status", "Redy"], ["Redy", "Ready"])):
            done = subprocess.run([BIN / "outpostctl", *arguments], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 2, arguments)
            for word in words:
                self.assertIn(word, done.stderr)

    def test_a_number_beyond_those_of_requests_is_refused(self):
        beyond = 2**53
        for arguments in (["records", "L", "--chain", beyond], ["records", "L", "--chain", 2**63], ["records", "L", "--chain", -1],
                          ["records", "L", "--chain", 2**64 + 1], ["export", "L", "--chain", 2**63],
                          ["records", "L", "--due-from", beyond], ["records", "L", "--due-till", 2**63],
                          ["export", "L", "--due-from", beyond], ["recall", "L", "--due", beyond],
                          ["recall", "L", "--record", 2**63], ["record", "L", 2**64 + 1], ["records", "L", "--limit", 2**64 + 1],
                          ["records", "L", "--status", 2**64], ["records", "L", "--type", 2**63]):
            done = subprocess.run([BIN / "outpostctl", *map(str, arguments)], capture_output=True, text=True, check=False,
                                  timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn(str(arguments[-1]), done.stderr)
        server = self.running()
        self.assertEqual(server.ctl_json("records", "Spring_2024", "--chain", str(beyond - 1))["records"], [])

    def test_what_changes_the_role_or_ends_the_service_is_never_suggested(self):
        for words, valid in ((["st"], "status or stats or store"), (["sto"], "store"), (["stp"], None), (["stopp"], None), (["STOP"], None), (["stope"], None), (["storee"], "store"),
                             (["swich"], None), (["switchh"], None), (["rol"], None), (["roles"], None),
                             (["group", "st"], "start"), (["group", "unloda"], None), (["group", "stoop"], None)):
            done = subprocess.run([BIN / "outpostctl", *words], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 2, words)
            said = done.stderr.splitlines()[0]
            self.assertIn(f'there is no command "{words[-1]}"', said)
            self.assertEqual("did you mean" in said, valid is not None, said)
            for grave in ("stop?", "switch?", "role?", "unload?", "stop ", "switch ", "role ", "unload "):
                self.assertNotIn(grave, said.partition('"; ')[2] + " ")
            if valid:
                self.assertIn(f"did you mean {valid}?", said)

    def test_a_catalogue_that_was_printed_can_be_applied_from_standard_input(self):
        server = self.running()
        printed = server.ctl("catalogue", "--json").stdout
        self.assertEqual(list(json.loads(printed)),
                         ["tenants", "time-zones", "calling-lists", "campaigns", "campaign-groups"])
        done = server.ctl("apply", "-", "--json", input=printed)
        self.assertEqual(json.loads(done.stdout)["changes"], [])
        wrong = server.ctl("apply", "-", input="{,}", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("standard input: line 1", wrong.stderr)

    def test_options_of_a_campaign_group_go_in_and_out_and_are_judged_by_the_configuration_in_force(self):
        server = self.outpost(application={"history-uri": "http://127.0.0.1:9/all"})
        server.config["http-client"] = [{}]
        server.write_config()
        server.start()
        catalogue = json.loads(json.dumps(CATALOGUE))
        group = catalogue["campaign-groups"][0]
        group["options"] = {"send-history": True, "validation-uri": "http://127.0.0.1:9/own"}
        path = str(server.write_catalogue(catalogue))
        server.ctl("apply", path)
        self.assertEqual(server.ctl_json("apply", path)["changes"], [])
        printed = server.ctl("catalogue", "--json").stdout
        self.assertEqual(json.loads(printed)["campaign-groups"][0]["options"], group["options"])
        self.assertEqual(json.loads(server.ctl("apply", "-", "--json", input=printed).stdout)["changes"], [])
        self.assertIn("send-history, validation-uri", server.ctl("group").stdout)
        del server.config["application"]["history-uri"]
        server.write_config()
        server.reload()
        refused = server.ctl("apply", path, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f'campaign group "{group["name"]}": options.send-history: is true, and history-uri is empty', refused.stderr)
        self.assertEqual(server.ctl("catalogue", "--json").stdout, printed)

    @unittest.skipIf("LD_PRELOAD" in os.environ, "a library that opens files takes the place of the closed stream")
    def test_a_stream_that_is_closed_or_full_is_said_and_not_taken_for_the_connection(self):
        server = self.running()
        rejects = f"--rejects {server.directory}/r.csv"
        for command, words in (("apply - <&-", "standard input is closed"),
                               (f"import Spring_2024 - {rejects} <&-", "standard input is closed"),
                               ("import Spring_2024 - --dry-run <&-", "standard input is closed"),
                               (f"dnc import - {rejects} <&-", "standard input is closed"),
                               ("catalogue >&-", "standard output is closed"),
                               ("export Spring_2024 >&-", "standard output is closed"),
                               ("dnc export -o - >&-", "standard output is closed"),
                               ("status --watch >&-", "standard output is closed"),
                               ("status --watch --json >/dev/full", "cannot write to standard output"),
                               ("top --once >/dev/full", "cannot write to standard output"),
                               ("token add unmade >&-", "standard output is closed"),
                               ("token add unread >/dev/full", "outpostctl token revoke unread removes it")):
            done = subprocess.run(["sh", "-c", f'"$@" {command}', "sh", BIN / "outpostctl", "--socket", server.control],
                                  capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (4, ""), done.stderr)
            self.assertIn(words, done.stderr)
        self.assertEqual([token["name"] for token in server.command("token-list")["tokens"]], ["unread"])

    def test_no_supervisor_is_said_clearly(self):
        done = subprocess.run([BIN / "outpostctl", "--socket", f"{self.directory}/none.sock", "status"],
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn("none.sock", done.stderr)
        self.assertIn("running", done.stderr)


if __name__ == "__main__":
    unittest.main()
