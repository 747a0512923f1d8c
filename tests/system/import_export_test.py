"""import and export: bad rows go to the reject file with line and reason, a cut-off import goes on exactly behind the
last durable row, an export can be imported again."""
import csv
import io
import os
import signal
import subprocess
import unittest

from harness import BIN, SystemTest, eventually

HEADER = ["contact_info", "contact_info_type", "tz_name", "STATE", "SEQ"]


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows)


class ImportExport(SystemTest):
    def test_bad_rows_are_named_and_the_rest_is_kept(self):
        server = self.running()
        path = server.directory / "contacts.csv"
        path.write_text("contact_info,contact_info_type,tz_name,STATE,SEQ\r\n"
                        '+15550100,HomePhone,PST,"CA, ""west""\nline two",1\r\n'
                        ",4,PST,CA,2\r\n"
                        "+15550102,99,PST,CA,3\r\n"
                        "+15550103,4,Mars,CA,4\r\n"
                        "+15550104,4,GMT,CA\r\n"
                        "+15550105,4,GMT,Łódź,6\r\n")
        done = server.ctl("import", "Spring_2024", str(path), check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(
            server.rows("SELECT contact_info, contact_info_type, json_extract(custom, '$.STATE') FROM records ORDER BY 1"),
            [("+15550100", 1, 'CA, "west"\nline two'), ("+15550105", 4, "Łódź")])
        rejects = list(csv.reader(io.StringIO((server.directory / "contacts.csv.rejects.csv").read_text())))
        lines = [row[0] for row in rejects if row and row[0].isdigit()]
        self.assertEqual(lines, ["4", "5", "6", "7"])
        self.assertEqual([row[1] for row in rejects if row and row[0].isdigit()],
                         ["contact_info", "contact_info_type", "tz_name", ""])
        reasons = " ".join(row[2] for row in rejects if row and row[0].isdigit())
        for word in ("contact_info", "contact_info_type", "tz_name", "5"):
            self.assertIn(word, reasons)

    def test_an_import_that_was_cut_off_goes_on(self):
        server = self.running(log={"level": "interaction"})
        path = server.directory / "many.csv"
        write(path, ((f"+1555{n:07}", 4, "GMT", "CA", n) for n in range(60000)))
        command = [BIN / "outpostctl", "--socket", server.control, "import", "Spring_2024", str(path)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            eventually(lambda: server.rows("SELECT count(*) FROM records")[0][0] > 2000, "some rows are durable")
            running.kill()
        some = server.rows("SELECT count(*) FROM records")[0][0]
        self.assertLess(some, 60000)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            eventually(lambda: server.rows("SELECT count(*) FROM records")[0][0] > some, "it goes on")
            server.kill(signal.SIGKILL)
            server.wait()
            self.assertEqual(running.wait(60), 3)
        server.start()
        server.ctl("import", "Spring_2024", str(path))
        self.assertEqual(server.rows("SELECT count(*), count(DISTINCT json_extract(custom, '$.SEQ')) FROM records"),
                         [(60000, 60000)])
        again = server.ctl("import", "Spring_2024", str(path), check=False)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("--restart", again.stderr)

    def test_an_export_can_be_imported_again(self):
        server = self.running()
        path = server.directory / "in.csv"
        write(path, ((f"+1555{n:07}", n % 12, "CET", 'quote " and, comma', n) for n in range(5000)))
        server.ctl("import", "Spring_2024", str(path))
        out = server.directory / "out.csv"
        server.ctl("export", "Spring_2024", "--output", str(out))
        with open(out, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 5000)
        self.assertEqual({r["contact_info"] for r in rows}, {f"+1555{n:07}" for n in range(5000)})
        self.assertEqual(rows[0]["STATE"], 'quote " and, comma')

    def test_an_export_to_standard_output_is_an_import_from_standard_input(self):
        server = self.running()
        path = server.directory / "in.csv"
        write(path, ((f"+1555{n:07}", 4, "GMT", "CA", n) for n in range(3000)))
        rejects = str(server.directory / "rejects.csv")
        # Through a pipe, which cannot be read twice.
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as piped:
            server.ctl("import", "Spring_2024", "-", "--rejects", rejects, stdin=piped.stdout)
        out = server.ctl("export", "Spring_2024", "--output", "-").stdout
        self.assertEqual(out, server.ctl("export", "Spring_2024").stdout)
        self.assertEqual({row["contact_info"] for row in csv.DictReader(io.StringIO(out))},
                         {f"+1555{n:07}" for n in range(3000)})
        # The same bytes are the same file, wherever they come from.
        for source in ("-", str(path)):
            with open(path, "rb") as file:
                again = server.ctl("import", "Spring_2024", source, "--rejects", rejects, stdin=file, check=False)
            self.assertEqual(again.returncode, 1, again.stdout)
            self.assertIn("--restart", again.stderr)
        self.assertFalse((server.directory / "rejects.csv.position").exists())

    def test_an_import_from_standard_input_that_was_cut_off_goes_on(self):
        server = self.running(log={"level": "interaction"})
        path = server.directory / "many.csv"
        write(path, ((f"+1555{n:07}", 4, "GMT", "CA", n) for n in range(60000)))
        command = ["import", "Spring_2024", "-", "--rejects", str(server.directory / "rejects.csv")]
        with open(path, "rb") as file, subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as piped:
            with subprocess.Popen([BIN / "outpostctl", "--socket", server.control, *command], stdin=piped.stdout,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
                eventually(lambda: server.rows("SELECT count(*) FROM records")[0][0] > 2000, "some rows are durable")
                running.kill()
        server.ctl(*command, text=False, input=path.read_bytes())
        self.assertEqual(server.rows("SELECT count(*), count(DISTINCT json_extract(custom, '$.SEQ')) FROM records"),
                         [(60000, 60000)])

    def test_what_was_read_of_standard_input_before_is_not_imported(self):
        server = self.running()
        path = server.directory / "in.csv"
        path.write_text("a line that somebody else reads\ncontact_info,tz_name\n+15550100,GMT\n")
        with open(path, "rb", buffering=0) as file:
            while file.read(1) != b"\n":
                pass
            server.ctl("import", "Spring_2024", "-", "--rejects", str(server.directory / "r.csv"), stdin=file)
        self.assertEqual(server.rows("SELECT contact_info FROM records"), [("+15550100",)])

    def test_rejected_rows_of_standard_input_need_a_file(self):
        server = self.running()
        for command in (["import", "Spring_2024"], ["dnc", "import"]):
            for rejects, words in (([], "--rejects must name one"), (["--rejects", "-"], "must be the name of a file")):
                done = server.ctl(*command, "-", *rejects, input="", check=False)
                self.assertEqual(done.returncode, 2, done)
                self.assertIn(words, done.stderr)
        rejects = server.directory / "r.csv"
        done = server.ctl("import", "Spring_2024", "-", "--rejects", str(rejects), check=False,
                          input="contact_info,tz_name\n+15550100,Mars\n")
        self.assertEqual(done.returncode, 5)
        self.assertIn("Mars", rejects.read_text())
        wrong = server.ctl("import", "Spring_2024", "-", "--rejects", str(rejects), check=False, input="nmae\n1\n")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("nmae", wrong.stderr)
        empty = server.ctl("import", "Spring_2024", "-", "--rejects", str(rejects), check=False, input="")
        self.assertEqual(empty.returncode, 4)
        self.assertIn("standard input", empty.stderr)

    def test_what_is_no_regular_file_is_no_reject_file_and_left_as_it_is(self):
        server = self.running()
        pipe = server.directory / "pipe"
        os.mkfifo(pipe)
        for command, rows in ((["import", "Spring_2024"], "contact_info,tz_name\n+1,GMT\n"), (["dnc", "import"], "phone\n+1\n")):
            for rejects in ("/dev/null", str(pipe), str(server.directory)):
                done = server.ctl(*command, "-", "--rejects", rejects, input=rows, check=False)
                self.assertEqual((done.returncode, done.stdout), (4, ""), done)
                self.assertIn(f"{rejects} cannot be the reject file, as it is not a regular file: --rejects must name one",
                              done.stderr)
        self.assertTrue(os.path.exists("/dev/null") and pipe.is_fifo())

    def test_a_do_not_call_list_goes_through_pipes(self):
        server = self.running()
        entries = "phone,customer_id\n+15550100,\n,C7\n"
        server.ctl("dnc", "import", "-", "--rejects", str(server.directory / "r.csv"), input=entries)
        out = server.ctl("dnc", "export", "--output", "-")
        self.assertEqual(sorted(out.stdout.split()), sorted(entries.split()))
        self.assertEqual(out.stderr, "")

    def test_records_and_record(self):
        server = self.running()
        server.add("+15550100")
        server.add("+15550101", GSW_RECORD_STATUS=3)
        ready = server.ctl_json("records", "Spring_2024", "--status", "Ready")["records"]
        self.assertEqual([r["contact_info"] for r in ready], ["+15550100"])
        one = server.ctl_json("record", "Spring_2024", str(ready[0]["record_id"]))
        self.assertEqual(one["record"]["contact_info"], "+15550100")
        missing = server.ctl("record", "Spring_2024", "999999", check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("999999", missing.stderr)
        unknown = server.ctl("records", "Sprng_2024", check=False)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("Spring_2024", unknown.stderr)


if __name__ == "__main__":
    unittest.main()
