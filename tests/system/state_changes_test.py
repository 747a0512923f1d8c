"""What each request does to the records, the do-not-call list and the handles, read from the store: one test per row of
the table of state changes (ocs.md 4.6), with the chain variants (issue 3, "Requests" and "Chains").

A row that is not named in a test must be as it was, column for column. Open, so not held: when campaign_id, group_id
and app_id are filled in (adding, taking or finishing); whether a ChainedRecord of a Ready row that is kept back names
the handle; the agent of a personal callback that ScheduledRecordReschedule makes of a campaign callback.
"""
import calendar
import concurrent.futures
import json
import time
import unittest

from harness import Client
from matrix import TERMINAL
from regions import DATE, DATE_EPOCH, YEAR, Scene, due_now, path
from state import EVERY_STATUS, FREE, NOW, StateTest, released


class Adding(StateTest):
    def test_add_record(self):
        before = int(time.time())
        plain = self.scene.add(self.region)
        row, = self.scene.chain(self.region, plain["GSW_CHAIN_ID"])
        expected = {"list_dbid": self.region.list_dbid, "contact_info": plain["GSW_PHONE"], "contact_info_type": 0,
                    "record_type": 2, "record_status": 1, "call_result": 28, "attempt": 0, "dial_sched_time": 0,
                    "call_time": 0, "daily_from": 0, "daily_till": 86400, "tz_dbid": 101, "agent_id": "", "chain_n": 0,
                    "customer_id": "", "handle": 0}
        self.assertEqual({key: row[key] for key in expected}, expected)
        full = self.scene.add(self.region, GSW_PHONE="a@b", GSW_PHONE_TYPE=10, GSW_RECORD_TYPE=4, GSW_RECORD_STATUS=8,
                              GSW_CALL_RESULT="Busy", GSW_ATTEMPTS=3, GSW_CALL_TIME=before, GSW_FROM=1, GSW_UNTIL=2,
                              GSW_DATE_TIME=DATE, GSW_AGENT_ID="agent7", GSW_TZ_NAME="PST", GSW_CUSTOMER_ID="c-1",
                              NOTE="x")
        row, = self.scene.chain(self.region, full["GSW_CHAIN_ID"])
        expected = {"contact_info": "a@b", "contact_info_type": 10, "record_type": 4, "record_status": 8,
                    "call_result": 6,
                    "attempt": 3, "dial_sched_time": DATE_EPOCH + 7 * 3600, "call_time": before, "daily_from": 1,
                    "daily_till": 2, "tz_dbid": 106, "agent_id": "agent7", "chain_n": 0, "customer_id": "c-1",
                    "handle": 0}
        self.assertEqual({key: row[key] for key in expected}, expected)
        self.assertEqual(json.loads(row["custom"])["NOTE"], "x")
        self.assertNotEqual(plain["GSW_CHAIN_ID"], full["GSW_CHAIN_ID"])
        # The list's customer-id field and GSW_CUSTOMER_ID are the same thing.
        by_field = self.scene.add(self.region, CUSTOMER="c-2")
        self.assertEqual(self.scene.chain(self.region, by_field["GSW_CHAIN_ID"])[0]["customer_id"], "c-2")
        # Winter: PST is 8 hours behind, and an unknown kind of contact is none.
        winter = self.scene.add(self.region, GSW_TZ_NAME="PST", GSW_DATE_TIME=f"01/15/{YEAR} 10:30")
        self.assertEqual(self.scene.chain(self.region, winter["GSW_CHAIN_ID"])[0]["dial_sched_time"],
                         calendar.timegm((YEAR, 1, 15, 18, 30, 0)))

    def test_chain_n_under_concurrency(self):
        chain = self.scene.add(self.region)["GSW_CHAIN_ID"]

        def add_ten(_):
            client = Client(self.server)
            added = [Scene(self.server, client).add(self.region, GSW_CHAIN_ID=chain) for _ in range(10)]
            client.close()
            return [(a["GSW_CHAIN_ID"], a["GSW_CHAIN_N"]) for a in added]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            given = sorted(pair for pairs in pool.map(add_ten, range(8)) for pair in pairs)
        self.assertEqual(given, [(chain, n) for n in range(1, 81)])
        self.assertEqual([row["chain_n"] for row in self.scene.chain(self.region, chain)], list(range(81)))

    def test_a_chain_holds_a_thousand(self):
        chain = self.scene.add(self.region)["GSW_CHAIN_ID"]
        body = {"GSW_TZ_NAME": "GMT", "GSW_CHAIN_ID": chain, "GSW_PHONE": "5"}

        def add_some(_):
            client = Client(self.server)
            answers = [client.post(f"{path('lists', self.region.list)}?req=AddRecord", body) for _ in range(126)]
            client.close()
            return answers

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = [answer for answers in pool.map(add_some, range(8)) for answer in answers]
        refused = [answer for answer in answers if answer.status != 200]
        self.assertEqual(len(answers) - len(refused), 999)
        self.assertEqual({(a.status, a.json["GSW_ERROR_NUMBER"]) for a in refused}, {(400, 104)})
        self.assertEqual(len(self.scene.chain(self.region, chain)), 1000)
        handle = self.scene.preview(self.region)["GSW_RECORD_HANDLE"]
        others = self.send("records", handle, "ChainedRecordRequest")
        self.assertEqual((others["GSW_USER_EVENT"], len(others["records"])), ("ChainedRecordsDataEnd", 999))
        self.assertEqual(self.server.rows("SELECT count(*) FROM records WHERE handle=?", handle), [(1000,)])
        done = self.send("records", handle, "RequestRecordCancel")
        self.assertRegex(done["GSW_MESSAGE"], r"^1[, ]?000 records")
        self.assertEqual({row["record_status"] for row in self.scene.chain(self.region, chain)}, {5})

    def test_a_record_added_to_a_chain_that_is_held_is_held_too(self):
        held = self.scene.take(self.region)
        ready = self.scene.add(self.region, GSW_CHAIN_ID=held.chain)
        done = self.scene.add(self.region, GSW_CHAIN_ID=held.chain, GSW_RECORD_STATUS=3)
        self.assertEqual((ready["GSW_CHAIN_N"], done["GSW_CHAIN_N"]), (1, 2))
        self.assertEqual([row["handle"] for row in self.scene.chain(self.region, held.chain)],
                         [held.handle, held.handle, 0])
        self.assertEqual(self.scene.preview(self.region)["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.on(held, "RecordReject")
        self.assertEqual([row["handle"] for row in self.scene.chain(self.region, held.chain)], [0, 0, 0])
        self.assertEqual(self.scene.preview(self.region)["GSW_CHAIN_ID"], held.chain)


    def test_rows_imported_into_a_chain_that_is_held_are_held_too(self):
        held = self.scene.take(self.region)
        file = self.server.directory / "chain.csv"
        file.write_text("contact_info,tz_name,CUSTOMER\n"
                        f"+1,GMT,{held.customer}\n+2,GMT,{held.customer}\n+3,GMT,another\n")
        self.server.ctl("import", self.region.list, str(file), "--chain-by", "CUSTOMER")
        other = self.scene.preview(self.region)
        self.assertEqual(other["GSW_PHONE"], "+3")
        self.assertEqual(self.scene.preview(self.region)["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.assertEqual([row["handle"] for row in self.scene.chain(self.region, held.chain)], [held.handle] * 3)
        self.on(held, "RequestRecordCancel", GSW_CHAIN_ATTR="RecordOnly")
        self.assertEqual([row["handle"] for row in self.scene.chain(self.region, held.chain)], [0, 0, 0])


class Taking(StateTest):
    def test_ocs_retrieves(self):
        chain = None
        for status in EVERY_STATUS:
            more = {"GSW_CHAIN_ID": chain} if chain else {}
            chain = self.scene.add(self.region, GSW_RECORD_STATUS=status, **more)["GSW_CHAIN_ID"]
        before = self.scene.chain(self.region, chain)
        taken = self.scene.preview(self.region, "agent7")
        held = self.held(taken)
        after = self.scene.chain(self.region, chain)
        filled_in = {"campaign_id": self.region.campaign_dbid, "group_id": self.region.group, "app_id": 134}
        for old, new in zip(before, after, strict=True):
            expected = dict(old)
            if held.is_row(old):
                expected.update(record_status=2, handle=held.handle)
                for key, value in filled_in.items():
                    self.assertIn(new[key], (old[key], value), key)
                    expected[key] = new[key]
            elif old["record_status"] == 1:
                expected["handle"] = held.handle
            self.assertEqual(new, expected)
        row = self.scene.row(held.record_id)
        self.assertEqual((taken["GSW_PHONE"], taken["GSW_CHAIN_ID"], taken["GSW_CALL_RESULT"], taken["GSW_ATTEMPTS"],
                          taken["GSW_TZ_OFFSET"]), (row["contact_info"], chain, 28, 0, 0))
        self.assertEqual(self.server.rows("SELECT agent_id, closed_by FROM handles WHERE handle=?", held.handle),
                         [("agent7", "")])
        self.assertEqual(self.scene.preview(self.region)["GSW_USER_EVENT"], "PreviewRecordEmpty")

    def test_what_a_preview_says(self):
        """JST and HST know no summer time."""
        guids = set()
        for zone, offset in (("GMT", 0), ("JST", 9 * 3600), ("HST", -10 * 3600), ("IST", 19800)):
            held = self.scene.take(self.region, GSW_TZ_NAME=zone, GSW_ATTEMPTS=3, GSW_CALL_RESULT="Busy")
            self.on(held, "RecordReject")
            taken = self.scene.preview(self.region, held.agent)
            self.assertEqual((taken["GSW_TZ_OFFSET"], taken["GSW_ATTEMPTS"], taken["GSW_CALL_RESULT"]), (offset, 3, 6),
                             zone)
            guids.add(taken["GSW_CALL_ATTEMPT_GUID"])
            self.assertEqual(len(taken["GSW_CALL_ATTEMPT_GUID"]), 32)
            done = self.send("records", taken["GSW_RECORD_HANDLE"], "RecordProcessed")
            self.assertNotEqual(done["GSW_RECORD_HANDLE"], held.handle)
        self.assertEqual(len(guids), 4)

    def test_only_inside_its_window_in_its_zone(self):
        """A window of two hours around now, and one that is twelve hours away; neither may cross midnight."""
        for zone, offset in (("GMT", 0), ("JST", 9 * 3600), ("HST", -10 * 3600), ("IST", 19800), ("PKT", 18000)):
            here = (int(time.time()) + offset) % 86400
            windows = [(here - 3600, here + 3600), ((here + 43200) % 86400 - 3600, (here + 43200) % 86400 + 3600)]
            if not all(0 <= start and end <= 86400 for start, end in windows):
                continue  # another zone's turn
            with self.subTest(zone=zone):
                region = self.new_region()
                now, later = (self.scene.add(region, GSW_TZ_NAME=zone, GSW_FROM=start, GSW_UNTIL=end)
                              for start, end in windows)
                self.assertEqual(self.scene.preview(region)["GSW_PHONE"], now["GSW_PHONE"])
                self.assertEqual(self.scene.preview(region)["GSW_USER_EVENT"], "PreviewRecordEmpty")
                self.assertEqual(self.scene.chain(region, later["GSW_CHAIN_ID"])[0]["record_status"], 1)

    def test_callbacks_first_when_they_are_due_and_only_to_their_agent(self):
        general = self.scene.add(self.region)
        second = self.scene.add(self.region)
        later = [self.scene.add(self.region, GSW_RECORD_TYPE=kind, GSW_DATE_TIME=DATE, GSW_AGENT_ID="agent7")
                 for kind in (3, 4, 5, 6)]
        theirs = self.scene.add(self.region, GSW_RECORD_TYPE=5, GSW_DATE_TIME=due_now(), GSW_AGENT_ID="agent8")
        campaign = self.scene.add(self.region, GSW_RECORD_TYPE=6, GSW_DATE_TIME=due_now())
        mine = self.scene.add(self.region, GSW_RECORD_TYPE=4, GSW_DATE_TIME=due_now(), GSW_AGENT_ID="agent7")
        first = {self.scene.preview(self.region, "agent7")["GSW_PHONE"] for _ in range(2)}
        self.assertEqual(first, {mine["GSW_PHONE"], campaign["GSW_PHONE"]})
        rest = {self.scene.preview(self.region, "agent7")["GSW_PHONE"] for _ in range(2)}
        self.assertEqual(rest, {general["GSW_PHONE"], second["GSW_PHONE"]})
        for agent in ("agent7", None, "agent9"):
            self.assertEqual(self.scene.preview(self.region, agent)["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.assertEqual(self.scene.preview(self.region, "agent8")["GSW_PHONE"], theirs["GSW_PHONE"])
        for added in later:
            self.assertEqual(self.scene.chain(self.region, added["GSW_CHAIN_ID"])[0]["record_status"], 1)

    def test_a_listed_contact_is_never_taken(self):
        blocked_phone, blocked_customer = self.scene.unique("+1777"), self.scene.unique("blocked")
        self.send("phones", blocked_phone, "DoNotCall")
        self.send("customer_ids", blocked_customer, "DoNotCall")
        first = self.scene.add(self.region, GSW_PHONE=blocked_phone)
        second = self.scene.add(self.region, GSW_CUSTOMER_ID=blocked_customer)
        sibling = self.scene.add(self.region, GSW_CHAIN_ID=second["GSW_CHAIN_ID"])
        taken = self.scene.preview(self.region)
        self.assertEqual(taken["GSW_PHONE"], sibling["GSW_PHONE"])
        for added in (first, second):
            row = self.scene.chain(self.region, added["GSW_CHAIN_ID"])[0]
            self.assertEqual((row["record_type"], row["record_status"], row["call_result"], row["handle"]),
                             (7, 3, 51, 0))
        self.assertEqual(self.scene.chain(self.region, second["GSW_CHAIN_ID"])[1]["record_status"], 2)

    def test_no_more_than_a_thousand_listed_contacts_are_passed_at_once(self):
        blocked = self.scene.unique("+1777")
        self.send("phones", blocked, "DoNotCall")
        file = self.server.directory / "blocked.csv"
        file.write_text("contact_info,tz_name\n" + f"{blocked},GMT\n" * 1500)
        self.server.ctl("import", self.region.list, str(file))
        last = self.scene.add(self.region)

        def passed():
            return self.server.rows("SELECT count(*) FROM records WHERE list_dbid=? AND record_type=7"
                                    " AND record_status=3 AND call_result=51", self.region.list_dbid)[0][0]

        self.assertEqual(self.scene.preview(self.region)["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.assertEqual(passed(), 1000)
        self.assertEqual(self.scene.preview(self.region)["GSW_PHONE"], last["GSW_PHONE"])
        self.assertEqual(passed(), 1500)


class Finishing(StateTest):
    def test_update_call_completion_stats(self):
        chain, held = self.take_of_chain(NOTE="old")

        def update(change, **body):
            answer = self.act(self.region, chain, lambda: self.on(held, "UpdateCallCompletionStats", **body),
                              lambda row: change if held.is_row(row) else {})
            self.assertEqual(answer["GSW_USER_EVENT"], "UpdateCallCompletionStatsAcknowledge")

        update({"call_result": 9}, GSW_CALL_RESULT="AnsweringMachine")
        update({"custom": FREE}, NOTE="new")
        self.assertEqual(json.loads(self.scene.row(held.record_id)["custom"])["NOTE"], "new")
        update({"contact_info": "+1666", "contact_info_type": 4, "tz_dbid": 106, "daily_from": 10, "daily_till": 20},
               GSW_PHONE="+1666", GSW_PHONE_TYPE="Mobile", GSW_TZ_NAME="PST", GSW_FROM="10", GSW_UNTIL=20)

    def test_record_processed(self):
        for sent, was, becomes in ((None, 28, 33), (None, 6, 6), (7, 28, 7), ("Ok", 6, 0)):
            with self.subTest(sent=sent, was=was):
                self.region = self.new_region()
                chain, held = self.take_of_chain(GSW_CALL_RESULT=was, GSW_ATTEMPTS=2)

                def change(row):
                    if held.is_row(row):
                        return {"record_status": 3, "call_result": becomes, "attempt": 3, "call_time": NOW, "handle": 0}
                    return {**released(row, held), **({} if row["record_status"] in TERMINAL else {"record_status": 7})}

                body = {} if sent is None else {"GSW_CALL_RESULT": sent}
                self.act(self.region, chain, lambda: self.on(held, "RecordProcessed", **body), change)
                self.assert_closed(held.handle)
                self.assertEqual(self.scene.preview(self.region)["GSW_USER_EVENT"], "PreviewRecordEmpty")

    def test_of_many_at_once_one_is_acknowledged(self):
        for request in ("RecordProcessed", "RequestRecordCancel", "RecordReject", "DoNotCall"):
            with self.subTest(request=request):
                self.region = self.new_region()
                held = self.scene.take(self.region, GSW_ATTEMPTS=5)

                def finish(_):
                    client = Client(self.server)
                    answer = client.post(f"{path('records', held.handle)}?req={request}")
                    client.close()
                    return answer.status, answer.json.get("GSW_ERROR_NUMBER")

                with concurrent.futures.ThreadPoolExecutor(16) as pool:
                    answers = sorted(pool.map(finish, range(16)), key=str)
                self.assertEqual(answers, [(200, None)] + [(409, 120)] * 15)
                self.assertEqual(self.scene.row(held.record_id)["attempt"], 6 if request == "RecordProcessed" else 5)

    def test_the_customer_id_field_follows_its_custom_field(self):
        held = self.scene.take(self.region)
        new = self.scene.unique("customer")
        self.on(held, "UpdateCallCompletionStats", CUSTOMER=new)
        self.assertEqual(self.scene.row(held.record_id)["customer_id"], new)
        cancelled = self.send("customer_ids", new, "RequestRecordCancel")
        self.assertRegex(cancelled["GSW_MESSAGE"], "^1 record")
        old = self.client.post(f"{path('customer_ids', held.customer)}?req=RequestRecordCancel")
        self.assertEqual((old.status, old.json["GSW_ERROR_NUMBER"]), (404, 115))

    def test_processed_after_an_update_keeps_its_result(self):
        held = self.scene.take(self.region)
        self.on(held, "UpdateCallCompletionStats", GSW_CALL_RESULT=9)
        self.on(held, "RecordProcessed", NOTE="called")
        row = self.scene.row(held.record_id)
        self.assertEqual((row["record_status"], row["call_result"], row["attempt"]), (3, 9, 1))
        self.assertEqual(json.loads(row["custom"])["NOTE"], "called")

    def test_record_reschedule(self):
        for kind, sent_agent, result in ((None, None, None), ("Campaign", None, 6), ("campaign", "agent9", None),
                                         ("Personal", None, "Busy"), ("PERSONAL", "agent9", None)):
            with self.subTest(kind=kind, sent_agent=sent_agent, result=result):
                self.region = self.new_region()
                chain, held = self.take_of_chain(GSW_ATTEMPTS=1)
                personal = (kind or "").lower() == "personal"
                body = {"GSW_DATE_TIME": DATE}
                body.update({} if kind is None else {"GSW_CALLBACK_TYPE": kind})
                body.update({} if sent_agent is None else {"GSW_AGENT_ID": sent_agent})
                body.update({} if result is None else {"GSW_CALL_RESULT": result, "GSW_PHONE": "+1888"})

                def change(row):
                    if not held.is_row(row):
                        return released(row, held)
                    return {"record_type": 5 if personal else 6, "record_status": 1, "handle": 0, "attempt": 2,
                            "call_time": NOW, "dial_sched_time": DATE_EPOCH,
                            **({"call_result": 6, "contact_info": "+1888"} if result else {}),
                            **({"agent_id": sent_agent or held.agent} if personal else {"agent_id": FREE} if sent_agent
                               else {})}

                answer = self.act(self.region, chain, lambda: self.on(held, "RecordReschedule", **body), change)
                self.assertEqual((answer["GSW_DATE_TIME"], answer["GSW_CALLBACK_TYPE"]),
                                 (DATE, "Personal" if personal else "Campaign"))
                self.assert_closed(held.handle)

    def test_a_callback_is_meant_in_the_records_zone(self):
        for zone, date, epoch in (("PST", f"07/15/{YEAR} 10:30", (YEAR, 7, 15, 17, 30, 0)),
                                  ("PST", f"01/15/{YEAR} 10:30", (YEAR, 1, 15, 18, 30, 0)),
                                  ("CET", f"07/15/{YEAR} 00:10", (YEAR, 7, 14, 22, 10, 0)),
                                  ("IST", f"12/31/{YEAR} 23:59", (YEAR, 12, 31, 18, 29, 0))):
            with self.subTest(zone=zone, date=date):
                self.region = self.new_region()
                held = self.scene.take(self.region, GSW_TZ_NAME=zone)
                self.on(held, "RecordReschedule", GSW_DATE_TIME=date)
                self.assertEqual(self.scene.row(held.record_id)["dial_sched_time"], calendar.timegm(epoch))

    def test_scheduled_record_reschedule(self):
        for was in (3, 4, 5, 6):
            for kind, becomes in ((None, 3 if was in (3, 6) else 4), ("Campaign", 3), ("Personal", 4)):
                for result in (None, 6):
                    with self.subTest(was=was, kind=kind, result=result):
                        self.region = self.new_region() if (was, kind, result) == (3, None, None) else self.region
                        agent = self.scene.unique("agent")
                        mine = {"GSW_AGENT_ID": agent} if was in (4, 5) else {}
                        held = self.scene.take(self.region, agent, GSW_RECORD_TYPE=was, GSW_ATTEMPTS=1, **mine)
                        body = {"GSW_DATE_TIME": DATE, **({"GSW_CALLBACK_TYPE": kind} if kind else {}),
                                **({"GSW_CALL_RESULT": result} if result else {})}
                        changed = {"record_type": becomes, "record_status": 1, "handle": 0,
                                   "dial_sched_time": DATE_EPOCH,
                                   **({"call_result": result} if result else {}),
                                   **({"agent_id": FREE} if (was in (4, 5)) != (becomes == 4) else {})}
                        answer = self.act(self.region, held.chain,
                                          lambda: self.on(held, "ScheduledRecordReschedule", **body),
                                          lambda row: changed)
                        self.assertEqual(answer["GSW_CALLBACK_TYPE"], "Campaign" if becomes == 3 else "Personal")
                        self.assert_closed(held.handle)
                        if becomes == 4:
                            self.assertNotEqual(self.scene.row(held.record_id)["agent_id"], "")

    def test_only_a_callback_can_be_moved(self):
        for was in (2,):
            held = self.scene.take(self.region, GSW_RECORD_TYPE=was)
            before = self.scene.row(held.record_id)
            answer = self.client.post(f"{path('records', held.handle)}?req=ScheduledRecordReschedule",
                                      {"GSW_DATE_TIME": DATE})
            self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (400, 104))
            self.assertEqual(self.scene.row(held.record_id), before)
            self.on(held, "RecordReject")

    def test_record_reject(self):
        chain, held = self.take_of_chain(GSW_ATTEMPTS=2)
        self.on(held, "UpdateCallCompletionStats", GSW_CALL_RESULT=9)
        self.act(self.region, chain, lambda: self.on(held, "RecordReject"),
                 lambda row: {"record_status": 1, "handle": 0} if held.is_row(row) else released(row, held))
        self.assert_closed(held.handle)
        self.assertEqual(self.scene.preview(self.region)["GSW_CHAIN_ID"], chain)

    def test_log_out(self):
        region, other = self.region, self.new_region()
        agent = self.scene.unique("agent")
        mine = [self.scene.take(region, agent), self.scene.take(other, agent)]
        hers = self.scene.take(region)
        nobodys = self.scene.take(region, "")
        before = [self.scene.row(held.record_id) for held in (*mine, hers, nobodys)]
        self.started = int(time.time())
        answer = self.send("campaigngroups", region.group, "LogOut", {"GSW_AGENT_ID": agent})
        self.assertEqual((answer["GSW_USER_EVENT"], answer["GSW_AGENT_ID"], answer["GSW_MESSAGE"]),
                         ("LogOutAcknowledge", agent, "2 records were given back"))
        self.assertLess(abs(answer["GSW_LOGOUT_TIME"] - time.time()), 30)
        self.assert_rows(before, [self.scene.row(held.record_id) for held in (*mine, hers, nobodys)],
                         *[{"record_status": 1, "handle": 0}] * 2, {}, {})
        for held in mine:
            self.assert_closed(held.handle)
            self.assertIn("LogOut", self.scene.handle_row(held.handle)[0])
        again = self.send("campaigngroups", region.group, "LogOut", {"GSW_AGENT_ID": agent})
        self.assertRegex(again["GSW_MESSAGE"], "^0 records")

    def test_chained_record_request(self):
        chain, held = self.take_of_chain()
        before = self.scene.chain(self.region, chain)
        answers = [self.act(self.region, chain, lambda m=method: self.client.request(
            m, f"{path('records', held.handle)}?req=ChainedRecordRequest").json, lambda row: {})
            for method in ("GET", "POST")]
        self.assertEqual(answers[0], answers[1])
        end = answers[0]
        self.assertEqual((end["GSW_USER_EVENT"], end["GSW_CHAIN_ID"], end["GSW_RECORD_HANDLE"]),
                         ("ChainedRecordsDataEnd", chain, held.handle))
        others = [row for row in before if not held.is_row(row)]
        self.assertEqual([record["GSW_PHONE"] for record in end["records"]], [row["contact_info"] for row in others])
        for record, row in zip(end["records"], others):
            expected = {"GSW_USER_EVENT": "ChainedRecord", "GSW_CHAIN_ID": chain, "GSW_CALL_RESULT": row["call_result"],
                        "GSW_TZ_OFFSET": 0, "GSW_CALLING_LIST": self.region.list,
                        "GSW_CAMPAIGN_NAME": self.region.campaign, "GSW_APPLICATION_ID": 134}
            self.assertEqual({key: record[key] for key in expected}, expected)
            self.assertIn(record.get("GSW_RECORD_HANDLE", 0), (0, row["handle"]))

if __name__ == "__main__":
    unittest.main()
