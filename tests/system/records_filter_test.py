"""outpostctl records and export: filters by agent, customer and due time; any number of pages is one listing."""
import csv
import io
import json
import time
import unittest

from harness import SystemTest

HEADER = ["contact_info", "tz_name", "record_type", "agent_id", "dial_sched_time", "client-id"]


class RecordsFilter(SystemTest):
    def imported(self, rows):
        server = self.running()
        path = server.directory / "rows.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])
        catalogue = json.loads(json.dumps(server.catalogue))
        catalogue["calling-lists"][0]["customer-id-field"] = "client-id"
        server.apply(catalogue)
        server.ctl("import", "Spring_2024", str(path))
        return server

    def test_filters(self):
        # Far ahead, so that no sweep takes a callback for missed: 22:13:20 UTC of some day.
        first = (int(time.time()) // 86400 + 30) * 86400 + 80000
        server = self.imported([["a", "GMT", "5", "a1", str(first), "C1"],
                                ["b", "GMT", "4", "a2", str(first + 3600), "C2"],
                                ["c", "GMT", "2", "", "0", "C1"], ["d", "GMT", "5", "a1", str(first + 7200), ""]])
        day, next_day = (time.strftime("%Y-%m-%d", time.gmtime(first + days * 86400)) for days in (0, 1))

        def found(*filters):
            records = server.ctl_json("records", "Spring_2024", *filters)["records"]
            exported = csv.DictReader(io.StringIO(server.ctl("export", "Spring_2024", *filters).stdout))
            contacts = "".join(record["contact_info"] for record in records)
            self.assertEqual("".join(row["contact_info"] for row in exported), contacts)
            return contacts

        self.assertEqual(found("--agent", "a1"), "ad")
        self.assertEqual(found("--customer-id", "C1"), "ac")
        self.assertEqual(found("--state", "Ready", "--type", "PersonalCallBack"), "ad")
        self.assertEqual(found("--due-from", str(first), "--due-till", str(first + 3600)), "ab")
        self.assertEqual(found("--due-from", f"{day}T22:13:21Z", "--due-till", f"{next_day}T01:13:20+01:00"), "bd")
        self.assertEqual(found("--due-from", day), "abd")
        self.assertEqual(found("--due-till", "now"), "c")
        wrong = server.ctl("records", "Spring_2024", "--due-from", "tomorrow", check=False)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("YYYY-MM-DD", wrong.stderr)

    def test_sparse_records_of_a_long_list_are_all_found(self):
        server = self.imported([f"+1555{n:07}", "GMT", "2", "" if n % 4000 else "rare", "0", f"C{n}"]
                               for n in range(20001))
        rare = server.ctl_json("records", "Spring_2024", "--agent", "rare")
        self.assertEqual(len(rare["records"]), 6)
        self.assertIsNone(rare["next"])
        four = server.ctl_json("records", "Spring_2024", "--agent", "rare", "--limit", "4")
        self.assertEqual(len(four["records"]), 4)
        self.assertEqual(len(server.ctl_json("records", "Spring_2024", "--limit", "1700")["records"]), 1700)
        lines = server.ctl("records", "Spring_2024", "--agent", "rare", "--all", "--json").stdout.splitlines()
        self.assertEqual(sum(len(json.loads(line)["records"]) for line in lines), 6)
        shown = server.ctl("records", "Spring_2024", "--agent", "rare").stdout.splitlines()
        self.assertEqual(len(shown), 7)  # with the titles, once
        exported = server.ctl("export", "Spring_2024", "--agent", "rare").stdout.splitlines()
        self.assertEqual(len(exported), 7)


if __name__ == "__main__":
    unittest.main()
