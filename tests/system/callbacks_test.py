"""What is acknowledged is not what the next sweep discards: a callback whose time is past is refused, and those that were
missed can be set due again (outpostctl recall)."""
import csv
import time
import unittest

from harness import SystemTest, eventually
from regions import date_time, due_now

DAY = 86400
CALLBACK = {"GSW_TZ_NAME": "GMT", "GSW_RECORD_TYPE": 5, "GSW_AGENT_ID": "agent7"}


class Callbacks(SystemTest):
    def set_timeout(self, server, seconds):
        server.config["application"]["missed-callback-timeout"] = seconds
        server.write_config()
        server.command("reload")

    def statuses(self, server):
        return dict(server.rows("SELECT contact_info, record_status FROM records"))

    def imported(self, server, columns, rows, check=True):
        path = server.directory / "rows.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *rows])
        return server.ctl("import", "Spring_2024", str(path), check=check)

    def test_a_callback_whose_time_is_past_is_refused_over_http(self):
        server = self.running()
        past = int(time.time()) // 60 * 60 - DAY
        understood = (time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(past)), f"{date_time(past)} in time zone GMT")
        added = server.add(GSW_DATE_TIME=date_time(past), **CALLBACK)
        server.add(**CALLBACK)
        handle = server.preview(GSW_AGENT_ID="agent7").json["GSW_RECORD_HANDLE"]
        moved = [server.post(f"/records/{handle}?req={request}",
                             {"GSW_DATE_TIME": date_time(past), "GSW_CALLBACK_TYPE": kind})
                 for request in ("RecordReschedule", "ScheduledRecordReschedule") for kind in ("Personal", "Campaign")]
        for answer in (added, *moved):
            self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (400, 104), answer.body)
            for words in understood:
                self.assertIn(words, answer.json["GSW_ERROR"])
        self.assertEqual(server.rows("SELECT record_status, dial_sched_time FROM records"), [(2, 0)])
        self.assertEqual(server.post(f"/records/{handle}?req=RecordReschedule", {"GSW_DATE_TIME": due_now()}).status, 200)

    def test_an_import_rejects_a_callback_whose_time_is_past(self):
        server = self.running()
        past = int(time.time()) - DAY
        columns = ["contact_info", "tz_name", "record_type", "record_status", "agent_id", "dial_sched_time"]
        done = self.imported(server, columns, [["past", "GMT", "5", "", "a7", str(past)],
                                               ["campaign", "GMT", "6", "Ready", "", str(past)],
                                               ["finished", "GMT", "5", "Updated", "a7", str(past)],
                                               ["general", "GMT", "2", "", "", str(past)],
                                               ["due", "GMT", "5", "", "a7", "0"]], check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(self.statuses(server), {"finished": 3, "general": 1, "due": 1})
        rejects = (server.directory / "rows.csv.rejects.csv").read_text()
        self.assertIn("dial_sched_time must not be in the past: that is "
                      f"{time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime(past))}", rejects)

    def test_missed_callbacks_are_set_due_again(self):
        server = self.running()
        for phone in ("1", "2", "3"):
            agent = "agent8" if phone == "3" else "agent7"
            answer = server.add(phone, GSW_DATE_TIME=due_now(), GSW_CUSTOMER_ID=f"c{phone}",
                                **{**CALLBACK, "GSW_AGENT_ID": agent})
            self.assertEqual(answer.status, 200, answer.body)
        self.set_timeout(server, 1)
        eventually(lambda: self.statuses(server) == {"1": 8, "2": 8, "3": 8}, "missed")
        self.set_timeout(server, DAY)

        self.assertIn("3 missed callbacks would be due again",
                      server.ctl("recall", "Spring_2024", "--dry-run").stdout)
        self.assertEqual(self.statuses(server), {"1": 8, "2": 8, "3": 8})
        self.assertIn("1 missed callbacks are due again",
                      server.ctl("recall", "Spring_2024", "--customer-id", "c2").stdout)
        self.assertEqual(self.statuses(server), {"1": 8, "2": 1, "3": 8})
        self.assertEqual(server.preview(GSW_AGENT_ID="agent7").json["GSW_PHONE"], "2")
        tomorrow = int(time.time()) + DAY
        self.assertEqual(server.ctl_json("recall", "Spring_2024", "--agent", "agent8", "--due", str(tomorrow)),
                         {"list": "Spring_2024", "records": 1, "due": tomorrow, "dry_run": False})
        self.assertEqual(server.rows("SELECT dial_sched_time FROM records WHERE contact_info = '3'"), [(tomorrow,)])
        record, = server.rows("SELECT record_id FROM records WHERE contact_info = '1'")
        self.assertEqual(server.ctl_json("recall", "Spring_2024", "--record", str(record[0]))["records"], 1)
        self.assertEqual(self.statuses(server), {"1": 1, "2": 2, "3": 1})

        refused = server.ctl("recall", "Spring_2024", "--record", str(record[0]), check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no missed callback", refused.stderr)
        refused = server.ctl("recall", "Spring_2024", "--due", "1700000000", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("must not be in the past: that is 2023-11-14 22:13:20 UTC", refused.stderr)

    def test_more_than_one_transaction_takes_are_all_set_due_again(self):
        server = self.running()
        columns = ["contact_info", "tz_name", "record_type", "record_status", "agent_id"]
        self.imported(server, columns, ([f"+1555{n:05}", "GMT", "5", "MissedCallBack", "a7"] for n in range(1203)))
        self.assertEqual(server.ctl_json("recall", "Spring_2024")["records"], 1203)
        self.assertEqual(server.rows("SELECT record_status, count(*) FROM records GROUP BY 1"), [(1, 1203)])
        self.assertEqual(server.ctl_json("recall", "Spring_2024")["records"], 0)


if __name__ == "__main__":
    unittest.main()
