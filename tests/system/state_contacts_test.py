"""The same as state_changes_test.py, of the requests that cancel records and list contacts, by handle and by contact."""
import time
import unittest

from matrix import TERMINAL
from regions import path
from state import CUSTOMER, PHONE, StateTest, released


class Cancelling(StateTest):
    def test_the_record_only(self):
        chain, held = self.take_of_chain()
        answer = self.act(self.region, chain, lambda: self.on(held, "RequestRecordCancel", GSW_CHAIN_ATTR="RecordOnly"),
                          lambda row: {"record_status": 5, "call_result": 52, "handle": 0} if held.is_row(row)
                          else released(row, held))
        self.assertEqual(answer["GSW_CHAIN_ATTR"], "RecordOnly")
        self.assertRegex(answer["GSW_MESSAGE"], "^1 record")
        self.assert_closed(held.handle)

    @staticmethod
    def cancelled(row):
        return {} if row["record_status"] in TERMINAL else {"record_status": 5, "call_result": 52, "handle": 0}

    def test_the_whole_chain(self):
        for body in ({}, {"GSW_CHAIN_ATTR": "AllChain"}):
            with self.subTest(body=body):
                self.region = self.new_region()
                chain, held = self.take_of_chain()
                answer = self.act(self.region, chain, lambda: self.on(held, "RequestRecordCancel", **body),
                                  self.cancelled)
                self.assertEqual((answer["GSW_CHAIN_ATTR"], answer["GSW_PHONE"]), ("AllChain", held.phone))
                self.assertEqual(answer["GSW_MESSAGE"], "5 records were cancelled")
                self.assert_closed(held.handle)

    def test_by_phone_and_by_customer_id(self):
        for resource in ("phones", "customer_ids"):
            for attribute in (None, "AllChain", "RecordOnly"):
                with self.subTest(resource=resource, attribute=attribute):
                    self.region = self.new_region()
                    chain, held = self.take_of_chain()
                    # Once more the same contact: alone in another list, and finished in a third.
                    elsewhere, finished = self.new_region(), self.new_region()
                    same = {"GSW_PHONE": held.phone} if resource == "phones" else {"GSW_CUSTOMER_ID": held.customer}
                    lone = self.scene.add(elsewhere, **same)["GSW_CHAIN_ID"]
                    done = self.scene.add(finished, GSW_RECORD_STATUS=3, **same)["GSW_CHAIN_ID"]
                    apart = [self.scene.chain(elsewhere, lone), self.scene.chain(finished, done)]

                    def change(row):
                        if held.is_row(row) or attribute != "RecordOnly":
                            return self.cancelled(row)
                        return released(row, held)

                    body = {} if attribute is None else {"GSW_CHAIN_ATTR": attribute}
                    name = held.phone if resource == "phones" else held.customer
                    answer = self.act(self.region, chain, lambda: self.send(resource, name, "RecordCancel", body),
                                      change)
                    self.assertEqual(answer["GSW_CHAIN_ATTR"], attribute or "AllChain")
                    self.assertEqual(answer["GSW_MESSAGE"],
                                     f"{2 if attribute == 'RecordOnly' else 6} records were cancelled")
                    self.assert_rows(apart[0], self.scene.chain(elsewhere, lone),
                                     {"record_status": 5, "call_result": 52})
                    self.assert_rows(apart[1], self.scene.chain(finished, done), {})
                    self.assert_closed(held.handle)

    def test_narrowed_to_a_list_or_a_campaign(self):
        for key in ("GSW_CALLING_LIST", "GSW_CAMPAIGN_NAME"):
            with self.subTest(key=key):
                meant, other = self.new_region(), self.new_region()
                phone = self.scene.unique("+1999")
                chains = [self.scene.add(region, GSW_PHONE=phone)["GSW_CHAIN_ID"] for region in (meant, other)]
                value = meant.list if key == "GSW_CALLING_LIST" else meant.campaign
                answer = self.send("phones", phone, "RequestRecordCancel", {key: value})
                self.assertRegex(answer["GSW_MESSAGE"], "^1 record")
                self.assertEqual([self.scene.chain(r, c)[0]["record_status"] for r, c in zip((meant, other), chains)],
                                 [5, 1])

    def test_further_targets_narrow(self):
        phone = self.scene.unique("+1999")
        first = self.scene.add(self.region, GSW_PHONE=phone, GSW_CUSTOMER_ID="narrow-1")["GSW_CHAIN_ID"]
        second = self.scene.add(self.region, GSW_PHONE=phone, GSW_CUSTOMER_ID="narrow-2")["GSW_CHAIN_ID"]
        self.send("phones", phone, "RequestRecordCancel", {"GSW_CUSTOMER_ID": "narrow-2"})
        self.assertEqual([self.scene.chain(self.region, c)[0]["record_status"] for c in (first, second)], [1, 5])
        self.send("customer_ids", "narrow-1", "RequestRecordCancel", {"GSW_PHONE": phone})
        self.assertEqual(self.scene.chain(self.region, first)[0]["record_status"], 5)


class DoNotCall(StateTest):
    LISTED = {"record_type": 7, "record_status": 3, "call_result": 51, "handle": 0}

    def entries(self, action):
        """The do-not-call entries that it added."""
        before = self.scene.do_not_call()
        started = int(time.time())
        action()
        after = self.scene.do_not_call()
        self.assertLessEqual(before, after)
        for kind, value in after - before:
            (added_at,), = self.server.rows("SELECT added_at FROM do_not_call WHERE kind=? AND value=?", kind, value)
            self.assertTrue(started - 1 <= added_at <= time.time() + 1, added_at)
        return after - before

    def test_the_record_only(self):
        for body in ({}, {"GSW_CHAIN_ATTR": "RecordOnly"}):
            with self.subTest(body=body):
                self.region = self.new_region()
                chain, held = self.take_of_chain()
                added = self.entries(lambda: self.act(
                    self.region, chain, lambda: self.on(held, "DoNotCall", **body),
                    lambda row: self.LISTED if held.is_row(row) else released(row, held)))
                self.assertEqual(added, {(PHONE, held.phone)})
                self.assert_closed(held.handle)

    def test_the_whole_chain(self):
        chain, held = self.take_of_chain()
        twin = self.scene.add(self.region, GSW_CHAIN_ID=chain, GSW_PHONE=held.phone, GSW_RECORD_STATUS=3)
        phones = {(PHONE, row["contact_info"]) for row in self.scene.chain(self.region, chain)}
        self.assertEqual(len(phones), twin["GSW_CHAIN_N"])
        added = self.entries(lambda: self.act(self.region, chain,
                                              lambda: self.on(held, "DoNotCall", GSW_CHAIN_ATTR="AllChain"),
                                              lambda row: self.LISTED))
        self.assertEqual(added, phones)
        self.assert_closed(held.handle)

    def test_by_customer_id_on_a_record(self):
        for attribute in ("RecordOnly", "AllChain"):
            with self.subTest(attribute=attribute):
                self.region = self.new_region()
                chain, held = self.take_of_chain()
                body = {"GSW_CUSTOMER_ID": held.customer, "GSW_CHAIN_ATTR": attribute}

                def change(row):
                    return self.LISTED if held.is_row(row) or attribute == "AllChain" else released(row, held)

                added = self.entries(lambda: self.act(self.region, chain, lambda: self.on(held, "DoNotCall", **body),
                                                      change))
                self.assertEqual(added, {(CUSTOMER, held.customer)})
        # A record without customer id: the one that is given.
        self.region = self.new_region()
        self.scene.add(self.region)
        held = self.held(self.scene.preview(self.region))
        self.assertEqual(self.entries(lambda: self.on(held, "DoNotCall", GSW_CUSTOMER_ID="given")),
                         {(CUSTOMER, "given")})

    def test_by_phone_and_by_customer_id(self):
        for resource in ("phones", "customer_ids"):
            for attribute in (None, "AllChain", "RecordOnly"):
                with self.subTest(resource=resource, attribute=attribute):
                    self.region = self.new_region()
                    chain, held = self.take_of_chain()
                    elsewhere = self.new_region()
                    same = {"GSW_PHONE": held.phone} if resource == "phones" else {"GSW_CUSTOMER_ID": held.customer}
                    done = self.scene.add(elsewhere, GSW_RECORD_STATUS=3, **same)
                    apart = self.scene.chain(elsewhere, done["GSW_CHAIN_ID"])
                    phones = {(PHONE, row["contact_info"]) for row in self.scene.chain(self.region, chain)}

                    def change(row):
                        return self.LISTED if held.is_row(row) or attribute == "AllChain" else released(row, held)

                    body = {} if attribute is None else {"GSW_CHAIN_ATTR": attribute}
                    name = held.phone if resource == "phones" else held.customer
                    added = self.entries(lambda: self.act(self.region, chain,
                                                          lambda: self.send(resource, name, "DoNotCall", body), change))
                    if resource == "customer_ids":
                        self.assertEqual(added, {(CUSTOMER, held.customer)})
                    elif attribute == "AllChain":
                        self.assertEqual(added, phones)
                    else:
                        self.assertEqual(added, {(PHONE, held.phone)})
                    self.assert_rows(apart, self.scene.chain(elsewhere, done["GSW_CHAIN_ID"]), self.LISTED)
                    self.assert_closed(held.handle)

    def test_narrowed_to_a_list_or_a_campaign(self):
        for key in ("GSW_CALLING_LIST", "GSW_CAMPAIGN_NAME"):
            with self.subTest(key=key):
                meant, other = self.new_region(), self.new_region()
                phone = self.scene.unique("+1999")
                chains = [self.scene.add(region, GSW_PHONE=phone)["GSW_CHAIN_ID"] for region in (meant, other)]
                value = meant.list if key == "GSW_CALLING_LIST" else meant.campaign
                added = self.entries(lambda: self.send("phones", phone, "DoNotCall", {key: value}))
                self.assertEqual(added, {(PHONE, phone)})
                self.assertEqual([self.scene.chain(r, c)[0]["record_status"] for r, c in zip((meant, other), chains)],
                                 [3, 1])
                # The other record is listed all the same: it is never handed out.
                self.assertEqual(self.scene.preview(other)["GSW_USER_EVENT"], "PreviewRecordEmpty")

    def test_of_nobody_and_twice(self):
        for resource, kind in (("phones", PHONE), ("customer_ids", CUSTOMER)):
            name = self.scene.unique("Łódź +& ")
            self.assertEqual(self.entries(lambda: self.send(resource, name, "DoNotCall")), {(kind, name)})
            self.assertEqual(self.entries(lambda: self.send(resource, name, "DoNotCall")), set())


class Many(StateTest):
    """More rows than one request may change: issue 3, "Requests"."""

    def import_same(self, region, rows):
        phone = self.scene.unique("+1444")
        file = self.server.directory / "same.csv"
        file.write_text("contact_info,tz_name\n" + f"{phone},GMT\n" * rows)
        self.server.ctl("import", region.list, str(file))
        return phone

    def count(self, region, status):
        return self.server.rows("SELECT count(*) FROM records WHERE list_dbid=? AND record_status=?", region.list_dbid,
                                status)[0][0]

    def test_more_than_a_thousand_rows(self):
        phone = self.import_same(self.region, 1001)
        refused = self.client.post(f"{path('phones', phone)}?req=RequestRecordCancel")
        self.assertEqual((refused.status, refused.json["GSW_ERROR_NUMBER"]), (500, 131))
        self.assertEqual(self.count(self.region, 1), 1001)
        self.send("phones", phone, "DoNotCall")
        self.assertEqual((self.count(self.region, 3), self.count(self.region, 1)), (1000, 1))
        self.assertIn((PHONE, phone), self.scene.do_not_call())
        self.assertEqual(self.scene.preview(self.region)["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.assertEqual(self.count(self.region, 3), 1001)

    def test_a_thousand_rows(self):
        phone = self.import_same(self.region, 1000)
        answer = self.send("phones", phone, "RequestRecordCancel")
        self.assertRegex(answer["GSW_MESSAGE"], "^1[, ]?000 records were cancelled")
        self.assertEqual(self.count(self.region, 5), 1000)

if __name__ == "__main__":
    unittest.main()
