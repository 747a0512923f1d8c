"""import --chain-by: rows of one customer form a chain, also with what the list has and over interruptions; campaign
callbacks find their campaign; a rejected row is named by line and column."""
import csv
import io
import json
import signal
import subprocess
import unittest

from harness import BIN, SystemTest, eventually


class ImportChains(SystemTest):
    def with_customers(self):
        server = self.running()
        catalogue = json.loads(json.dumps(server.catalogue))
        for entry in catalogue["calling-lists"][:1]:
            entry["customer-id-field"] = "client-id"
        server.apply(catalogue)
        return server

    def file(self, server, name, header, rows):
        path = server.directory / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return str(path)

    def chains(self, server):
        return server.rows("""SELECT c.customer_id, count(DISTINCT c.chain_id), count(*), min(c.chain_n), max(c.chain_n)
                              FROM records c WHERE c.customer_id <> '' GROUP BY c.customer_id ORDER BY 1""")

    def test_rows_of_a_customer_form_a_chain(self):
        server = self.with_customers()
        server.add("+1", **{"client-id": "C0"})
        path = self.file(server, "in.csv", ["contact_info", "tz_name", "client-id"],
                         ([f"+1555{n:07}", "GMT", f"C{n % 3}" if n else ""] for n in range(10)))
        server.ctl("import", "Spring_2024", path, "--chain-by", "client-id")
        self.assertEqual(self.chains(server), [("C0", 1, 4, 0, 3), ("C1", 1, 3, 0, 2), ("C2", 1, 3, 0, 2)])
        self.assertEqual(server.rows("SELECT count(*) FROM records WHERE customer_id = ''"), [(1,)])

    def test_the_column_must_hold_the_customer_id(self):
        server = self.with_customers()
        path = self.file(server, "in.csv", ["contact_info", "tz_name", "STATE", "client-id"],
                         [["+1", "GMT", "CA", "C1"]])
        for column, words in (("STATE", ["customer_id or client-id"]),
                              ("customer_id", ["no such column", "client-id"])):
            done = server.ctl("import", "Spring_2024", path, "--chain-by", column, check=False)
            self.assertEqual(done.returncode, 1)
            for word in words:
                self.assertIn(word, done.stderr)
        self.assertEqual(server.rows("SELECT count(*) FROM records"), [(0,)])

    def test_an_interrupted_import_goes_on_with_its_chains(self):
        server = self.with_customers()
        path = self.file(server, "many.csv", ["contact_info", "tz_name", "client-id"],
                         ([f"+1555{n:07}", "GMT", f"C{n % 1000:04}"] for n in range(40000)))
        command = [BIN / "outpostctl", "--socket", server.control, "import", "Spring_2024", path,
                   "--chain-by", "client-id"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            eventually(lambda: server.rows("SELECT count(*) FROM records")[0][0] > 2000, "some rows are durable")
            server.kill(signal.SIGKILL)
            server.wait()
            self.assertEqual(running.wait(60), 3)
        self.assertLess(server.rows("SELECT count(*) FROM records")[0][0], 40000)
        server.start()
        plain = server.ctl("import", "Spring_2024", path, check=False)
        self.assertEqual(plain.returncode, 1)
        self.assertIn("began with --chain-by", plain.stderr)
        server.ctl("import", "Spring_2024", path, "--chain-by", "client-id")
        chains = self.chains(server)
        self.assertEqual(len(chains), 1000)
        self.assertEqual({chain[1:] for chain in chains}, {(1, 40, 0, 39)})

    def test_rejected_rows_are_named_by_line_and_column(self):
        server = self.with_customers()
        rows = [[f"+1555{n:07}", "GMT", "2", "C1", ""] for n in range(1002)]
        rows += [["+1", "GMT", "6", "C2", ""], ["+2", "Mars", "2", "C2", ""]]
        path = self.file(server, "in.csv", ["contact_info", "tz_name", "record_type", "client-id", "campaign_id"], rows)
        done = server.ctl("import", "Spring_2024", path, "--chain-by", "client-id", check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        rejects = list(csv.DictReader(io.StringIO((server.directory / "in.csv.rejects.csv").read_text())))
        self.assertEqual([(r["reject_line"], r["reject_column"]) for r in rejects],
                         [("1002", "client-id"), ("1003", "client-id"), ("1005", "tz_name")])
        self.assertIn("1000", rejects[0]["reject_reason"])
        self.assertEqual(server.rows("SELECT campaign_id FROM records WHERE record_type = 6"), [(101,)])

        several = self.file(server, "two.csv", ["contact_info", "tz_name", "record_type"], [["+1", "GMT", "3"]])
        done = server.ctl("import", "Two_Campaigns", several, check=False)
        self.assertEqual(done.returncode, 5)
        reject = next(csv.DictReader(io.StringIO((server.directory / "two.csv.rejects.csv").read_text())))
        self.assertEqual(reject["reject_column"], "record_type")
        self.assertIn("campaign_id is needed", reject["reject_reason"])


if __name__ == "__main__":
    unittest.main()
