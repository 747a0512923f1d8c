"""import and export: bad rows go to the reject file with line and reason, a cut-off import goes on exactly behind the
last durable row, an export can be imported again."""
import csv
import io
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
