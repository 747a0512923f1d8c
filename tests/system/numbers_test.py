"""One rule for integers, wherever they come in and go out: what an answer holds can be sent back, and times go on
beyond 2038."""
import calendar
import csv
import io
import unittest

from harness import SystemTest

LARGEST = 2**53 - 1
LAST_TIME = calendar.timegm((9999, 12, 30, 23, 59, 59))
IN_2050 = calendar.timegm((2050, 1, 15, 9, 5, 0))


class Numbers(SystemTest):
    def row(self, server, column):
        return server.rows(f"SELECT {column} FROM records ORDER BY record_id DESC LIMIT 1")[0][0]

    def test_what_an_answer_holds_can_be_sent_back(self):
        server = self.running()
        body = {"GSW_CALL_TIME": LAST_TIME, "GSW_ATTEMPTS": 2147483647, "GSW_REFERENCE_ID": LARGEST, "SEQ": -LARGEST}
        first = server.add(**body)
        self.assertEqual(first.status, 200, first.body)
        for key in ("GSW_ATTEMPTS", "GSW_REFERENCE_ID", "SEQ"):
            self.assertEqual(first.json[key], body[key])
        self.assertEqual(self.row(server, "call_time"), LAST_TIME)
        again = {key: value for key, value in first.json.items() if key != "GSW_USER_EVENT"}
        for form in (int, str):
            sent = {key: form(value) if isinstance(value, int) else value for key, value in again.items()}
            second = server.post("/lists/Spring_2024?req=AddRecord", sent)
            self.assertEqual(second.status, 200, second.body)
            self.assertEqual(second.json["GSW_ATTEMPTS"], first.json["GSW_ATTEMPTS"])

    def test_a_number_beyond_the_largest_is_refused_and_changes_nothing(self):
        server = self.running()
        for key, value in (("SEQ", LARGEST + 1), ("SEQ", -LARGEST - 1), ("GSW_CALL_TIME", LAST_TIME + 1),
                           ("GSW_CALL_TIME", str(LAST_TIME + 1)), ("GSW_CHAIN_ID", str(LARGEST + 1)),
                           ("GSW_REFERENCE_ID", 2**63)):
            with self.subTest(key=key, value=value):
                answer = server.add(**{key: value})
                self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (400, 104))
        for target in (f"/records/{LARGEST + 1}?req=RecordReject", f"/campaigngroups/{2**63}?req=CampaignStatusRequest"):
            self.assertEqual(server.post(target).json["GSW_ERROR_NUMBER"], 104)
        self.assertEqual(server.post(f"/records/{LARGEST}?req=RecordReject").json["GSW_ERROR_NUMBER"], 110)
        self.assertEqual(server.rows("SELECT count(*) FROM records")[0][0], 0)

    def test_times_of_2050_pass_http_store_export_and_import(self):
        server = self.running()
        added = server.add(GSW_RECORD_TYPE=6, GSW_DATE_TIME="01/15/2050 09:05", GSW_CALL_TIME=IN_2050)
        self.assertEqual(added.status, 200, added.body)
        self.assertEqual((self.row(server, "dial_sched_time"), self.row(server, "call_time")), (IN_2050, IN_2050))
        for bounds in (("2050-01-15", "2050-01-16"), ("2050-01-15T09:05:00Z", "2050-01-15T09:05:00Z"),
                       (str(IN_2050), str(IN_2050))):
            found = server.ctl_json("records", "Spring_2024", "--due-from", bounds[0], "--due-till", bounds[1])
            self.assertEqual(len(found["records"]), 1, bounds)
        self.assertEqual(server.ctl_json("records", "Spring_2024", "--due-from", str(IN_2050 + 1))["records"], [])
        out = server.directory / "out.csv"
        server.ctl("export", "Spring_2024", "--output", str(out))
        [row] = csv.DictReader(io.StringIO(out.read_text()))
        self.assertEqual((row["dial_sched_time"], row["call_time"]), (str(IN_2050), str(IN_2050)))
        columns = ("contact_info", "tz_name", "record_type", "dial_sched_time", "call_time")
        again = server.directory / "again.csv"
        again.write_text("\n".join([",".join(columns), ",".join(row[column] for column in columns), ""]))
        server.ctl("import", "Spring_2024", str(again))
        self.assertEqual(server.rows("SELECT dial_sched_time, call_time FROM records"), [(IN_2050, IN_2050)] * 2)

    def test_the_columns_of_an_import_end_where_the_attributes_do(self):
        server = self.running()
        path = server.directory / "numbers.csv"
        path.write_text("contact_info,tz_name,call_time,media_ref,attempt\n"
                        f"+15550100,GMT,{LAST_TIME},{LARGEST},2147483647\n"
                        f"+15550101,GMT,{LAST_TIME + 1},0,0\n"
                        f"+15550102,GMT,0,{LARGEST + 1},0\n"
                        "+15550103,GMT,0,0,2147483648\n")
        done = server.ctl("import", "Spring_2024", str(path), check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(server.rows("SELECT contact_info, call_time, media_ref, attempt FROM records"),
                         [("+15550100", LAST_TIME, LARGEST, 2147483647)])
        rejects = (server.directory / "numbers.csv.rejects.csv").read_text()
        for column, high in (("call_time", LAST_TIME), ("media_ref", LARGEST), ("attempt", 2147483647)):
            self.assertIn(f"{column} must be an integer from 0 to {high}", rejects)


if __name__ == "__main__":
    unittest.main()
