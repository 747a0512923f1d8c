"""import --duplicates, --dry-run, corrected reject files, other delimiters and encodings: nothing twice, nothing lost, and
what is wrong with a file or a value is told by what it looks like."""
import csv
import io
import signal
import subprocess
import unittest

from harness import BIN, SystemTest, eventually

HEADER = ["contact_info", "tz_name", "SEQ"]


class ImportDuplicates(SystemTest):
    def file(self, server, name, rows, header=HEADER):
        path = server.directory / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    def count(self, server):
        return server.rows("SELECT count(*), count(DISTINCT contact_info) FROM records")[0]

    def rejects(self, path):
        return list(csv.DictReader(io.StringIO(path.read_text())))

    def test_duplicates_are_kept_with_a_warning_skipped_or_refused(self):
        server = self.running()
        server.add("+1")
        rows = [["+1", "GMT", 1], ["+2", "GMT", 2], ["+2", "GMT", 3], ["+3", "GMT", 4]]
        skipped = server.ctl("import", "Spring_2024", str(self.file(server, "a.csv", rows)), "--duplicates", "skip")
        self.assertIn("imported 2 rows", skipped.stdout)
        self.assertIn("2 skipped", skipped.stdout)
        self.assertEqual(self.count(server), (3, 3))

        refused = server.ctl("import", "Spring_2024", str(self.file(server, "b.csv", [*rows, ["+4", "GMT", 5]])),
                             "--duplicates", "refuse", check=False)
        self.assertEqual(refused.returncode, 5, refused.stderr)
        self.assertEqual([(r["reject_line"], r["reject_column"], r["contact_info"])
                          for r in self.rejects(server.directory / "b.csv.rejects.csv")],
                         [("2", "contact_info", "+1"), ("3", "contact_info", "+2"), ("4", "contact_info", "+2"),
                          ("5", "contact_info", "+3")])
        self.assertEqual(self.count(server), (4, 4))

        kept = server.ctl("import", "Spring_2024", str(self.file(server, "c.csv", [["+1", "GMT", 1], ["+9", "GMT", 2]])))
        self.assertIn("warning: 1 of the rows have a contact that the list had already", kept.stderr)
        self.assertIn("--duplicates skip", kept.stderr)
        self.assertEqual(self.count(server), (6, 5))

    def test_a_dry_run_tells_what_an_import_would_do_and_writes_nothing(self):
        server = self.running()
        server.add("+1")
        path = self.file(server, "a.csv", [["+1", "GMT", 1], ["+2", "GMT", 2], ["+2", "Mars", 3], ["+2", "GMT", 4]])
        dry = server.ctl("import", "Spring_2024", str(path), "--duplicates", "refuse", "--dry-run", check=False)
        self.assertEqual(dry.returncode, 5, dry.stderr)
        self.assertIn("would import 1 rows", dry.stdout)
        self.assertEqual([line.split(":")[0] for line in dry.stdout.splitlines() if line.startswith("line ")],
                         ["line 2, contact_info", "line 4, tz_name", "line 5, contact_info"])
        self.assertEqual(self.count(server), (1, 1))
        self.assertFalse((server.directory / "a.csv.rejects.csv").exists())
        real = server.ctl("import", "Spring_2024", str(path), "--duplicates", "refuse", check=False)
        self.assertIn("imported 1 rows", real.stdout)
        self.assertEqual([f"line {r['reject_line']}, {r['reject_column']}: {r['reject_reason']}"
                          for r in self.rejects(server.directory / "a.csv.rejects.csv")],
                         [line for line in dry.stdout.splitlines() if line.startswith("line ")])

    def test_a_corrected_reject_file_is_imported_and_never_overwritten(self):
        server = self.running()
        path = self.file(server, "a.csv", [["+1", "GMT", 1], ["", "GMT", 2], ["+3", "GMT"], ["+4", "Mars", 4]])
        self.assertEqual(server.ctl("import", "Spring_2024", str(path), check=False).returncode, 5)
        rejects = server.directory / "a.csv.rejects.csv"
        corrected = (rejects.read_text().replace(",,,GMT,2", ",,+2,GMT,2").replace('"+3,GMT"', '"+3,GMT,3"')
                     .replace("Mars,4", "CET,4"))
        rejects.write_text(corrected)
        # The list's file comes once more with a mistake, before the correction was imported.
        with open(path, "a", encoding="utf-8") as file:
            file.write(",GMT,5\r\n")
        again = server.ctl("import", "Spring_2024", str(path), "--duplicates", "skip", check=False)
        self.assertEqual(again.returncode, 5)
        self.assertIn("a.csv.rejects.2.csv", again.stdout)
        self.assertIn("is left as it is", again.stderr)
        self.assertEqual(rejects.read_text(), corrected)
        server.ctl("import", "Spring_2024", str(rejects))
        self.assertEqual(server.rows("SELECT contact_info FROM records ORDER BY 1"), [("+1",), ("+2",), ("+3",), ("+4",)])

    def test_an_import_that_was_killed_goes_on_with_its_duplicates(self):
        server = self.running()
        path = self.file(server, "many.csv", ([f"+1555{n // 2:07}", "GMT", n] for n in range(60000)))
        command = [BIN / "outpostctl", "--socket", server.control, "import", "Spring_2024", str(path),
                   "--duplicates", "refuse"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            eventually(lambda: self.count(server)[0] > 2000, "some rows are durable")
            running.kill()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            some = self.count(server)[0]
            eventually(lambda: self.count(server)[0] > some, "it goes on")
            server.kill(signal.SIGKILL)
            server.wait()
            self.assertEqual(running.wait(60), 3)
        server.start()
        other = server.ctl("import", "Spring_2024", str(path), check=False)
        self.assertEqual(other.returncode, 1)
        self.assertIn("began with --duplicates refuse", other.stderr)
        done = server.ctl("import", "Spring_2024", str(path), "--duplicates", "refuse", check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(self.count(server), (30000, 30000))
        lines = [int(r["reject_line"]) for r in self.rejects(server.directory / "many.csv.rejects.csv")]
        self.assertEqual(lines, list(range(3, 60002, 2)))

    def test_files_of_another_form_are_named_and_read_when_that_is_said(self):
        server = self.running()
        text = "contact_info;tz_name;STATE\r\n+1;GMT;Köln\r\n"
        for name, data, sees, options in (
                ("semicolon.csv", text.encode(), "is separated by ;: --delimiter ';'", ("--delimiter", ";")),
                ("tab.csv", text.replace(";", "\t").encode(), "is separated by tab", ("--delimiter", "tab")),
                ("sep.csv", ("sep=;\r\n" + text).encode(), "`sep=` line", ("--delimiter", ";")),
                ("utf16.csv", text.replace(";", ",").encode("utf-16"), "is UTF-16", ("--encoding", "UTF-16")),
                ("latin1.csv", text.replace(";", ",").replace("STATE", "STÄTE").encode("latin-1"), "Windows-1252", None),
                ("cr.csv", text.replace(";", ",").replace("\r\n", "\r").encode(), "end with CR", None)):
            with self.subTest(name):
                path = server.directory / name
                path.write_bytes(data)
                refused = server.ctl("import", "Spring_2024", str(path), check=False)
                self.assertEqual(refused.returncode, 4, refused.stderr)
                self.assertIn(sees, refused.stderr)
                if options:
                    server.ctl("import", "Spring_2024", str(path), "--restart", *options)
        bad = server.ctl("import", "Spring_2024", str(server.directory / "tab.csv"), "--delimiter", "ab", check=False)
        self.assertEqual(bad.returncode, 2)
        self.assertIn("semicolon, tab, pipe", bad.stderr)
        bad = server.ctl("import", "Spring_2024", str(server.directory / "tab.csv"), "--encoding", "x", check=False)
        self.assertEqual(bad.returncode, 2)
        self.assertIn('"x" is not known', bad.stderr)
        self.assertEqual({r["custom"]["STATE"] for r in server.ctl_json("records", "Spring_2024")["records"]}, {"Köln"})

        phones = server.directory / "phones.csv"
        phones.write_text("+15550100\n+15550101\n")
        refused = server.ctl("dnc", "import", str(phones), check=False)
        self.assertEqual(refused.returncode, 4)
        self.assertIn("the first line must name the columns, phone or customer_id", refused.stderr)

    def test_a_window_of_hours_is_warned_of(self):
        server = self.running()
        path = self.file(server, "a.csv", [["+1", "GMT", 8, 18]], ["contact_info", "tz_name", "daily_from", "daily_till"])
        self.assertIn("hours or minutes are probably meant", server.ctl("import", "Spring_2024", str(path)).stderr)

    def test_a_due_time_that_cannot_be_read_says_which_form_it_wants(self):
        server = self.running()
        refused = server.ctl("records", "Spring_2024", "--due-from", "12/31/2030", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("'12/31/2030' is not a time; valid are epoch seconds up to 253402214399, now, YYYY-MM-DD", refused.stderr)
        path = self.file(server, "a.csv", [["+1", "GMT", "2030-12-31 10:00"]],
                         ["contact_info", "tz_name", "dial_sched_time"])
        self.assertEqual(server.ctl("import", "Spring_2024", str(path), check=False).returncode, 5)
        self.assertIn("seconds since 1970 in UTC, such as",
                      self.rejects(server.directory / "a.csv.rejects.csv")[0]["reject_reason"])
        answer = server.add("+1", GSW_DATE_TIME="2030-12-31 10:00")
        self.assertIn("MM/DD/YYYY HH:MM, 24-hour, such as", answer.json["GSW_ERROR"])


if __name__ == "__main__":
    unittest.main()
