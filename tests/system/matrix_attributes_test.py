"""Every attribute of each request: right, missing, wrong, contradicting. See matrix_test.py."""
import calendar
import dataclasses
import json
import unittest

import matrix
from matrix_subjects import CALLBACKS, FOREIGN, OTHER, SECRET, MatrixTest, Subject
from regions import APPLICATION, DATE, DATE_EPOCH, OTHER_TENANT, TENANT, YEAR, path


class Attributes(MatrixTest):
    """Each attribute of each row of 3.3."""

    def test_each_mandatory_attribute_left_out(self):
        for pair in matrix.PAIRS:
            for key in matrix.ATTRIBUTES[pair]["mandatory"]:
                with self.subTest(pair=pair, key=key):
                    subject = self.subject(pair)
                    without = {k: v for k, v in subject.body.items() if k != key}
                    self.refuse(subject, without, 103, pair, names=key)
                    self.refuse(subject, {**subject.body, key: None}, 103, (pair, "null"), names=key)
                    self.finish(subject)

    def test_what_is_mandatory_on_a_condition(self):
        add = self.subject(("lists", "AddRecord"))
        for kind in (4, 5, "PersonalCallBack", "4"):
            self.refuse(add, {**add.body, "GSW_RECORD_TYPE": kind}, 103, "personal without agent", names="GSW_AGENT_ID")
        body = {key: value for key, value in add.body.items() if key != "GSW_CAMPAIGN_NAME"}
        self.assert_acknowledged(self.send(add, body), add, "the list's only campaign is meant")
        shared = dataclasses.replace(add, path=path("lists", "Shared list"))
        self.refuse(shared, body, 103, "two loaded campaigns", names="GSW_CAMPAIGN_NAME")
        self.assertEqual(self.send(shared, {**body, "GSW_CAMPAIGN_NAME": "Second"}).json["GSW_CAMPAIGN_NAME"], "Second")
        single = dataclasses.replace(add, path=path("lists", "List of one loaded campaign"))
        self.assertEqual(self.send(single, body).json["GSW_CAMPAIGN_NAME"], "First")

        update = self.subject(("records", "UpdateCallCompletionStats"))
        self.refuse(update, {}, (103, 104), "nothing to update")
        self.refuse(update, {"GSW_CALL_RESULT": None}, (103, 104), "nothing but null")
        self.finish(update)

        # Of two tenants one must be named, where the target does not name it.
        for pair in matrix.PAIRS:
            if pair[0] in ("phones", "customer_ids"):
                with self.subTest(pair=pair):
                    subject = self.subject(pair)
                    self.refuse(subject, {}, 103, "no tenant", tenant="")
                    for more in ({"GSW_TENANT_NAME": "Resources"}, {"GSW_TENANT_DBID": TENANT},
                                 {"GSW_TENANT_DBID": str(TENANT)}):
                        self.assertEqual(self.send(subject, more, tenant="").status, 200, more)
                    self.assertEqual(self.send(subject, {}, tenant=TENANT).status, 200)

    def test_a_personal_callback_needs_an_agent(self):
        region = OTHER
        held = self.scene.take(region, agent="")
        subject = Subject("records", "RecordReschedule", path("records", held.handle), "",
                          {"GSW_DATE_TIME": DATE, "GSW_CALLBACK_TYPE": "Personal"}, held, region)
        self.refuse(subject, None, 103, "nobody to call back", names="GSW_AGENT_ID")
        self.assert_acknowledged(self.send(subject, {**subject.body, "GSW_AGENT_ID": "agent7"}), subject, "an agent")
        self.assertEqual(self.scene.row(held.record_id)["agent_id"], "agent7")

    # --- Right values --------------------------------------------------------------------------------------------

    def good_values(self, pair, key):
        """(value as sent, value as stored or answered)."""
        kind = matrix.KINDS.get(key, "custom")
        if kind in matrix.ENUMERATIONS:
            names = matrix.ENUMERATIONS[kind]
            # AddRecord walks them all, the others one of each form.
            numbers = range(len(names)) if pair == ("lists", "AddRecord") else (0, len(names) - 1)
            if key == "GSW_RECORD_STATUS":
                numbers = [n for n in numbers if n != 2]  # Retrieved without a handle: open
            values = [(form, n) for n in numbers for form in (n, str(n), names[n])]
            return values + [(names[numbers[-1]].swapcase(), numbers[-1]), (names[numbers[0]].lower(), numbers[0])]
        if kind in matrix.NAMES:
            return [(form, name) for name in matrix.NAMES[kind] for form in (name, name.upper(), name.lower())]
        if kind == "integer":
            return [(7, 7), ("7", 7), (0, 0), ("0", 0), (2147483647, 2147483647), ("2147483647", 2147483647)]
        if kind == "seconds":
            values = (0, 3600) if key == "GSW_FROM" else (86400, 50000)
            return [(form, n) for n in values for form in (n, str(n))]
        return {"text": [("Łódź 5-б", "Łódź 5-б"), ("5" * 32, "5" * 32)], "custom": [("a", "a"), (5, 5)],
                "date": [(DATE, DATE_EPOCH), (f"01/31/{YEAR} 00:00", calendar.timegm((YEAR, 1, 31, 0, 0, 0)))],
                "time zone": [("PST", "PST"), ("CET", "CET")]}[kind]

    def stored(self, subject, answer, key):
        row = (self.scene.row(subject.held.record_id) if subject.held else
               self.scene.chain(subject.region, answer.json["GSW_CHAIN_ID"])[answer.json["GSW_CHAIN_N"]])
        if key == "GSW_TZ_NAME":
            return self.server.rows("SELECT name FROM time_zones WHERE dbid=?", row["tz_dbid"])[0][0]
        return row[matrix.COLUMNS[key]]

    def test_each_attribute_sent(self):
        """Integers as number and as text, enumerations as number, text and name in any case; and what became of it."""
        for pair in matrix.PAIRS:
            row = matrix.ATTRIBUTES[pair]
            for key in (*row["mandatory"], *row["optional"]):
                if (pair, key) in ((("lists", "AddRecord"), "GSW_CHAIN_ID"),
                                   (("campaigngroups", "LogOut"), "GSW_AGENT_ID")):
                    continue  # its own test
                for value, meant in self.good_values(pair, key):
                    with self.subTest(pair=pair, key=key, value=value):
                        self.one_value(pair, key, value, meant)

    def one_value(self, pair, key, value, meant):
        subject = self.subject(pair)
        body = {**subject.body, key: value}
        if pair == ("lists", "AddRecord") and key == "GSW_RECORD_TYPE":
            body["GSW_AGENT_ID"] = "agent7"
        answer = self.send(subject, body)
        if pair == ("campaigngroups", "PreviewRecordRequest"):
            self.assert_acknowledged(answer, subject, (pair, key, value))
            return
        self.assert_acknowledged(answer, subject, (pair, key, value))
        if key in matrix.ACKNOWLEDGED[pair] and key not in ("GSW_DATE_TIME",):
            self.assertEqual(answer.json[key], meant)
        if key == "GSW_TREATMENT":
            self.assertEqual(answer.json[key], meant)
        if subject.resource in ("lists", "records") and (key in matrix.COLUMNS or key == "GSW_TZ_NAME"):
            self.assertEqual(self.stored(subject, answer, key), meant)
        if key == matrix.CUSTOM and subject.held:
            self.assertEqual(json.loads(self.scene.row(subject.held.record_id)["custom"])["NOTE"], meant)
        self.finish(subject)

    def test_a_chain_is_named_as_number_or_text(self):
        first = self.send(self.subject(("lists", "AddRecord"))).json
        for number, form in enumerate((first["GSW_CHAIN_ID"], str(first["GSW_CHAIN_ID"])), 1):
            subject = self.subject(("lists", "AddRecord"))
            answer = self.send(subject, {**subject.body, "GSW_CHAIN_ID": form})
            self.assert_acknowledged(answer, subject, form)
            self.assertEqual((answer.json["GSW_CHAIN_ID"], answer.json["GSW_CHAIN_N"]), (first["GSW_CHAIN_ID"], number))

    def test_null_is_absent(self):
        for pair in matrix.PAIRS:
            row = matrix.ATTRIBUTES[pair]
            with self.subTest(pair=pair):
                subject = self.subject(pair)
                nothing = {key: None
                           for key in (*row["optional"], *row["targets"], "GSW_APPLICATION_ID", "GSW_TENANT_NAME",
                                                 "GSW_TENANT_DBID", "GSW_REFERENCE_ID", "GSW_AGENT_ID")}
                answer = self.send(subject, {**nothing, **subject.body})
                self.assert_acknowledged(answer, subject, pair)
                if subject.request == "AddRecord":  # the defaults of 3.3
                    defaults = {"GSW_PHONE_TYPE": 0, "GSW_FROM": 0, "GSW_UNTIL": 86400, "GSW_RECORD_TYPE": 2,
                                "GSW_CALL_RESULT": 28, "GSW_ATTEMPTS": 0, "GSW_CHAIN_N": 0}
                    self.assertEqual({key: answer.json[key] for key in defaults}, defaults)
                self.assertNotIn("GSW_REFERENCE_ID", answer.json)
                self.finish(subject)

    # --- Wrong values --------------------------------------------------------------------------------------------

    NO_TKV_VALUES = (1.5, True, False, [1], {"a": 1}, 2**53, -2**53, 987654321987654321)

    def bad_values(self, pair, key):
        """(value, numbers that may answer it)."""
        kind = matrix.KINDS.get(key, "custom")
        wrong = [(value, (104, 105)) for value in self.NO_TKV_VALUES]
        if kind in ("integer", "seconds"):
            wrong += [(value, 104) for value in ("Zq7", "", "1.5", "0x10", "12Zq7", "987654321987654321987654321", "１")]
        if kind == "seconds":
            wrong += [(-1, 104), ("-1", 104), (86401, 104), ("86401", 104)]
        if kind in matrix.ENUMERATIONS:
            above = len(matrix.ENUMERATIONS[kind])
            wrong += [(value, 104) for value in (-1, "-1", above, str(above), 1000, "Zq7", "General Zq7", "1.0")]
        if kind in matrix.NAMES:
            wrong += [("Zq7", 104), ("AllChains", 104), (1000, 104), (-1, 104)]
        if kind == "date":
            wrong += [(value, 104)
                      for value in ("31/12/2026 25:61", "2030-07-15 10:30", "13/01/2030 10:00", "02/30/2030 10:00",
                                                 "07/15/2030", "07/15/2030 24:00", "Zq7", "07/15/2030 10:30 Zq7", "")]
        if kind == "time zone":
            wrong += [("Mars Zq7", 104)]
        if key in matrix.TEXT_BYTES_MAX:
            wrong += [(SECRET + "5" * (matrix.TEXT_BYTES_MAX[key] - 2), 104)]
        return wrong

    def test_wrong_values(self):
        for pair in matrix.PAIRS:
            row = matrix.ATTRIBUTES[pair]
            subject = self.subject(pair)
            keys = (*row["mandatory"], *row["optional"], *row["targets"], "GSW_APPLICATION_ID", "GSW_TENANT_NAME",
                    "GSW_TENANT_DBID")
            for key in keys:
                for value, numbers in self.bad_values(pair, key):
                    with self.subTest(pair=pair, key=key, value=value):
                        names = key if key.startswith("GSW_") else None
                        body = self.refuse(subject, {**subject.body, key: value}, numbers, (pair, key, value), names)
                        self.assertNotIn("987654321987654321", body["GSW_ERROR"])
            for value in self.NO_TKV_VALUES:
                with self.subTest(pair=pair, key="GSW_REFERENCE_ID", value=value):
                    self.refuse(subject, {**subject.body, "GSW_REFERENCE_ID": value}, (104, 105), pair)
            self.finish(subject)

    def test_values_whose_answer_is_open_are_taken_or_refused_as_a_whole(self):
        for pair, key, value in (
                (("lists", "AddRecord"), "GSW_RECORD_STATUS", 2), (("lists", "AddRecord"), "GSW_ATTEMPTS", -1),
                (("lists", "AddRecord"), "GSW_CALL_TIME", -1), (("lists", "AddRecord"), "GSW_PHONE", 15550100),
                (("lists", "AddRecord"), "GSW_PHONE", ""), (("records", "RecordReschedule"), "GSW_CALLBACK_TYPE", 1),
                (("records", "RequestRecordCancel"), "GSW_CHAIN_ATTR", "1"),
                (("records", "RecordProcessed"), "GSW_TREATMENT", 0)):
            with self.subTest(pair=pair, key=key, value=value):
                subject = self.subject(pair)
                before = self.read_store()
                answer = self.send(subject, {**subject.body, key: value})
                if answer.status != 200:
                    self.assert_refused(answer, 104, (pair, key, value))
                    self.assertEqual(self.read_store(), before)
                self.finish(subject)
        self.assertEqual(self.server.rows("SELECT count(*) FROM records WHERE record_status=2 AND handle=0"), [(0,)])

    def test_a_window_upside_down(self):
        for pair in (("lists", "AddRecord"), ("records", "UpdateCallCompletionStats")):
            subject = self.subject(pair)
            self.refuse(subject, {**subject.body, "GSW_FROM": 50000, "GSW_UNTIL": 40000}, 104, pair, names="GSW_")
            self.finish(subject)

    def test_an_unknown_chain(self):
        subject = self.subject(("lists", "AddRecord"))
        for chain in (2147483647, -1, "-1"):
            self.refuse(subject, {**subject.body, "GSW_CHAIN_ID": chain}, 104, chain, names="GSW_CHAIN_ID")
        elsewhere = self.scene.add(OTHER, GSW_RECORD_STATUS=3)["GSW_CHAIN_ID"]
        self.refuse(subject, {**subject.body, "GSW_CHAIN_ID": elsewhere}, 104, "another list's", names="GSW_CHAIN_ID")

    def test_a_duplicate_key(self):
        for pair in matrix.PAIRS:
            row = matrix.ATTRIBUTES[pair]
            subject = self.subject(pair)
            start = json.dumps(subject.body)[:-1] + (", " if subject.body else "")
            for key in (*row["mandatory"], *row["optional"], *row["targets"], "GSW_REFERENCE_ID", "GSW_ANYTHING"):
                value = json.dumps(subject.body.get(key, "Zq7"))
                again = "\\u0047" + key[1:] if key.startswith("G") else key
                pieces = [f'"{key}":{value}'] * (1 if key in subject.body else 2)
                for text in (start + ", ".join(pieces) + "}",
                             start + ", ".join([*pieces[:-1], f'"{again}":{value}']) + "}"):
                    with self.subTest(pair=pair, text=text):
                        self.refuse(subject, text, 105, pair)
            self.finish(subject)

    # --- Targets -------------------------------------------------------------------------------------------------

    def test_a_body_may_name_the_target_again(self):
        for pair in matrix.PAIRS:
            for key in matrix.ATTRIBUTES[pair]["targets"]:
                for form in (int, str) if matrix.KINDS[key] == "integer" else (str,):
                    with self.subTest(pair=pair, key=key, form=form):
                        subject = self.subject(pair)
                        held, region = subject.held, subject.region
                        value = {"GSW_CALLING_LIST": region.list, "GSW_CAMPAIGN_NAME": region.campaign,
                                 "GSW_CAMPAIGN_GROUP_DBID": region.group, "GSW_RECORD_HANDLE": held and held.handle,
                                 "GSW_PHONE": held and held.phone, "GSW_CUSTOMER_ID": held and held.customer}[key]
                        self.assert_acknowledged(self.send(subject, {**subject.body, key: form(value)}), subject, pair)
                        self.finish(subject)

    def test_a_body_that_names_another_target(self):
        other = self.scene.take_callback(CALLBACKS)
        others = {"GSW_CALLING_LIST": OTHER.list, "GSW_CAMPAIGN_NAME": OTHER.campaign,
                  "GSW_CAMPAIGN_GROUP_DBID": OTHER.group,
                  "GSW_RECORD_HANDLE": other.handle, "GSW_PHONE": other.phone, "GSW_CUSTOMER_ID": other.customer}
        for pair in matrix.PAIRS:
            subject = self.subject(pair)
            for key in matrix.ATTRIBUTES[pair]["targets"]:
                with self.subTest(pair=pair, key=key):
                    self.refuse(subject, {**subject.body, key: others[key]}, 106, (pair, key), names=key)
                    if matrix.KINDS[key] == "integer":
                        self.refuse(subject, {**subject.body, key: str(others[key])}, 106, (pair, key), names=key)
                    elif pair[0] == "records" and key in ("GSW_PHONE", "GSW_CUSTOMER_ID"):
                        self.refuse(subject, {**subject.body, key: SECRET}, 106, (pair, key), names=key)
                    elif pair[0] == "records":
                        self.refuse(subject, {**subject.body, key: SECRET}, (106, 111, 114), (pair, key))
            self.finish(subject)
        status = self.subject(("campaigngroups", "CampaignStatusRequest"))
        self.refuse(status, {"GSW_CAMPAIGN_NAME": OTHER.campaign}, None, "another campaign than the group's")

    def test_another_application(self):
        for pair in matrix.PAIRS:
            with self.subTest(pair=pair):
                subject = self.subject(pair)
                for number in (APPLICATION + 1, str(APPLICATION + 1), 2147483647):
                    self.refuse(subject, {**subject.body, "GSW_APPLICATION_ID": number}, 124, (pair, number))
                for number in (APPLICATION, str(APPLICATION)):
                    subject = self.subject(pair)
                    answer = self.send(subject, {**subject.body, "GSW_APPLICATION_ID": number})
                    self.assert_acknowledged(answer, subject, (pair, number))
                    self.finish(subject)

    NOT_THERE = {"records": 110, "lists": 111, "campaigngroups": 112}

    def test_tenants(self):
        for pair in matrix.PAIRS:
            subject = self.subject(pair)
            with self.subTest(pair=pair, tenant="unknown"):
                for unknown in (SECRET, 4711):
                    self.refuse(subject, None, 113, pair, tenant=unknown)
                self.refuse(subject, {**subject.body, "GSW_TENANT_NAME": SECRET}, 113, pair, tenant="")
                self.refuse(subject, {**subject.body, "GSW_TENANT_DBID": 4711}, 113, pair, tenant="")
            foreign = ({"tenant": "Environment"}, {"tenant": OTHER_TENANT}, {"GSW_TENANT_NAME": "Environment"},
                       {"GSW_TENANT_DBID": OTHER_TENANT}, {"GSW_TENANT_DBID": str(OTHER_TENANT)})
            for named in foreign if pair[1] != "DoNotCall" or pair[0] == "records" else ():
                with self.subTest(pair=pair, tenant=named):
                    body = {**subject.body, **{key: value for key, value in named.items() if key != "tenant"}}
                    self.refuse(subject, body, self.NOT_THERE.get(pair[0], 115), (pair, named),
                                tenant=named.get("tenant", ""))
            with self.subTest(pair=pair, tenant="contradicting"):
                self.refuse(subject, {**subject.body, "GSW_TENANT_NAME": "Environment"}, None, pair, tenant="Resources")
            with self.subTest(pair=pair, tenant="its own"):
                self.assert_acknowledged(self.send(subject, tenant="Resources"), subject, pair)
            self.finish(subject)

    def test_another_tenants_list_and_group_are_there_for_that_tenant(self):
        add = self.subject(("lists", "AddRecord"))
        body = {**add.body, "GSW_CAMPAIGN_NAME": FOREIGN["campaign"]}
        for tenant in ("", "Environment", OTHER_TENANT):
            foreign = dataclasses.replace(add, path=path("lists", FOREIGN["list"]), tenant=tenant)
            self.assertEqual(self.send(foreign, body).status, 200, tenant)
        foreign = dataclasses.replace(add, path=path("lists", FOREIGN["list"]))
        self.refuse(foreign, add.body, None, "a campaign of another tenant")
        group = dataclasses.replace(self.subject(("campaigngroups", "CampaignStatusRequest")),
                                    path=path("campaigngroups", FOREIGN["group"]), tenant="Environment")
        self.assertEqual(self.send(group).json["GSW_CAMPAIGN_NAME"], FOREIGN["campaign"])

if __name__ == "__main__":
    unittest.main()
