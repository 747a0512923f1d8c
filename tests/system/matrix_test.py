"""Every resource with every request, and every attribute of each: right, missing, wrong, contradicting. What is
expected stands in matrix.py, which is the protocol document as data; the sections behind each rule are named there.

Open, so only the class of the answer is held: which of 101 and 102 answers a request of 3.1 that 1.3 does not offer; a
method that HTTP does not know (405 or 501); 104 or 105 for a JSON value that is neither text nor integer; numbers
(instead of names) of callback type, treatment and chain attribute, and a number where a text belongs; AddRecord with
status Retrieved; a negative count; the number of an error of the URI itself; GSW_CAMPAIGN_NAME of another campaign on a
group or of a campaign that does not have the list; an unknown campaign or list in the body of a handle request (106, or
114 and 111); contradicting tenants; which number answers an UpdateCallCompletionStats that changes nothing; 121 or 122
for a group that waits for its unloading.
"""
import calendar
import dataclasses
import hashlib
import json
import unittest

import matrix
from harness import SharedServerTest
from invariants import broken
from regions import (APPLICATION, DATE, DATE_EPOCH, OTHER_TENANT, TENANT, YEAR, Region, Scene, calling_list, catalogue,
                     path)

CALLBACKS = Region(0)  # where the handles of the records pairs come from
PREVIEWS = Region(1)  # where the preview pair takes its records
OTHER = Region(2)  # of the same tenant, used by nothing else
SECRET = "Zq7"  # in every value that must not come back in an error
FOREIGN = {"list": "Foreign list", "campaign": "Foreign campaign", "group": 3900}


def matrix_catalogue():
    made = catalogue(3, ("Resources", "Environment"))
    made["calling-lists"] += [
        calling_list(1900, FOREIGN["list"], "Environment"),
        calling_list(1901, "Disabled list", enabled=False),
        calling_list(1902, "Shared list"),
        calling_list(1903, "List of one loaded campaign"),
    ]
    made["campaigns"] += [
        {"dbid": 2900, "name": FOREIGN["campaign"], "tenant": "Environment",
         "lists": [{"list": FOREIGN["list"], "weight": 10}]},
        {"dbid": 2901, "name": "First", "tenant": "Resources", "lists": [
            {"list": "Shared list", "weight": 10}, {"list": "List of one loaded campaign", "weight": 10}]},
        {"dbid": 2902, "name": "Second", "tenant": "Resources", "lists": [{"list": "Shared list", "weight": 10}]},
        {"dbid": 2903, "name": "Never loaded", "tenant": "Resources",
         "lists": [{"list": "List of one loaded campaign", "weight": 10}]},
    ]
    made["campaign-groups"] += [
        {"dbid": FOREIGN["group"], "name": "Foreign group", "campaign": FOREIGN["campaign"], "state": "Running",
         "mode": "Preview"},
        {"dbid": 3901, "name": "First group", "campaign": "First", "state": "Running", "mode": "Preview"},
        {"dbid": 3902, "name": "Second group", "campaign": "Second", "state": "Running", "mode": "Preview"},
        {"dbid": 3903, "name": "Third group", "campaign": "Never loaded", "state": "NotLoaded", "mode": "Preview"},
    ]
    for number, state in enumerate(matrix.GROUP_STATES):
        made["campaign-groups"].append({"dbid": 3910 + number, "name": f"Group that is {state}",
                                        "description": "a group",
                                        "campaign": CALLBACKS.campaign, "mode": "Preview",
                                        # Waiting needs somebody to wait for: see test_group_states.
                                        "state": "Running" if state == "WaitingUnload" else state})
    for number, mode in enumerate(matrix.MODES):
        made["campaign-groups"].append({"dbid": 3930 + number, "name": f"Group in {mode}", "description": "a group",
                                        "campaign": CALLBACKS.campaign, "state": "Running", "mode": mode})
    return made


@dataclasses.dataclass
class Subject:
    """One target of a pair, and the least that the request needs."""
    resource: str
    request: str
    path: str
    tenant: str
    body: dict
    held: object = None
    region: Region = CALLBACKS

    def target(self, request=None, tenant=..., resource=None, ending=""):
        tenant = self.tenant if tenant is ... else tenant
        way = self.path if resource is None else f"/{resource}/{self.path.split('/', 2)[2]}"
        return f"{way}{ending}?req={request or self.request}" + (f"&tenant={tenant}" if tenant else "")


class MatrixTest(SharedServerTest):
    """Shared by the classes below: makes targets, and holds answers against the document."""

    catalogue = matrix_catalogue()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.server.store

    def setUp(self):
        super().setUp()
        self.scene = Scene(self.server, self.client)
        self.version = self.content = None

    def tearDown(self):
        self.assertEqual(broken(self.server.store), [])

    # --- Targets -------------------------------------------------------------------------------------------------

    def subject(self, pair, **attributes):
        resource, request = pair
        if resource == "lists":
            body = {"GSW_PHONE": self.scene.unique("+1555"), "GSW_TZ_NAME": "GMT",
                    "GSW_CAMPAIGN_NAME": CALLBACKS.campaign,
                    # An added record must not be offered to the callbacks' agents.
                    "GSW_RECORD_STATUS": 3}
            return Subject(*pair, path("lists", CALLBACKS.list), "", body)
        if resource == "campaigngroups":
            body = {"GSW_AGENT_ID": "agent7"} if request == "LogOut" else {}
            if request == "PreviewRecordRequest":
                self.scene.add(PREVIEWS)
            return Subject(*pair, path(resource, PREVIEWS.group), "", body, region=PREVIEWS)
        held = self.scene.take_callback(CALLBACKS, **attributes)
        name = {"records": held.handle, "phones": held.phone, "customer_ids": held.customer}[resource]
        body = {key: DATE for key in matrix.ATTRIBUTES[pair]["mandatory"]}
        if request == "UpdateCallCompletionStats":
            body = dict(matrix.UPDATE_NEEDS_ONE)
        return Subject(*pair, path(resource, name), "" if resource == "records" else "Resources", body, held)

    def send(self, subject, body=None, method="POST", **target):
        return self.client.request(method, subject.target(**target), subject.body if body is None else body)

    def finish(self, subject):
        """Gives away what a subject left open or Ready, so that nobody is offered it."""
        if subject.held:
            self.client.post(f"{path('records', subject.held.handle)}?req=RecordProcessed")

    # --- Expectations --------------------------------------------------------------------------------------------

    def assert_acknowledged(self, answer, subject, what, event=None):
        pair = subject.resource, subject.request
        self.assertEqual(answer.status, 200, (what, answer.body))
        event = event or matrix.ANSWERS[subject.request]
        body = answer.json
        self.assertEqual(body.get("GSW_USER_EVENT"), event, what)
        self.assertEqual([key for key in matrix.ACKNOWLEDGED[pair] if key not in body], [], (what, "not in", body))
        self.assert_types(body, what)
        self.assertEqual(body["GSW_APPLICATION_ID"], APPLICATION, what)
        if subject.resource in ("records", "lists", "campaigngroups"):
            self.assertEqual(body["GSW_CAMPAIGN_NAME"], subject.region.campaign, what)
        if "GSW_CALLING_LIST" in matrix.ACKNOWLEDGED[pair]:
            self.assertEqual(body["GSW_CALLING_LIST"], subject.region.list, what)
        if subject.resource == "records":
            self.assertEqual(body["GSW_RECORD_HANDLE"], subject.held.handle, what)
        if subject.request == "AddRecord":
            self.assertNotIn("GSW_RECORD_HANDLE", body, "a fresh record has none (3.4)")

    def assert_types(self, body, what):
        for key, value in body.items():
            kind = matrix.KINDS.get(key)
            if kind and kind != "reference":
                self.assertIs(type(value), int if kind in matrix.EMITTED_AS_INTEGER else str, (what, key, value))

    def assert_refused(self, answer, numbers, what, names=None):
        """`numbers`: the error number or numbers; None where only the status' class is known."""
        self.assertIn(answer.status // 100, (4, 5), (what, answer.body))
        body = answer.json
        self.assertEqual(body["GSW_USER_EVENT"], "Error", what)
        self.assertIs(type(body["GSW_ERROR_NUMBER"]), int, what)
        if numbers is None:
            self.assertEqual(answer.status // 100, 4, (what, body))
        else:
            numbers = (numbers,) if isinstance(numbers, int) else numbers
            self.assertIn(body["GSW_ERROR_NUMBER"], numbers, (what, body))
            self.assertEqual(answer.status, matrix.STATUS[body["GSW_ERROR_NUMBER"]], (what, body))
        text = body["GSW_ERROR"]
        self.assertTrue(text.isprintable() and 10 < len(text.encode()) <= matrix.ERROR_BYTES_MAX, (what, text))
        self.assertNotIn(SECRET, text, what)
        if names:
            self.assertIn(names, text, what)
        return body

    def read_store(self):
        """Everything that requests change, but for the times at which a handle was last heard of."""
        digest = hashlib.sha256()
        for sql in ("SELECT * FROM records ORDER BY record_id",
                    "SELECT handle, record_id, agent_id, closed_by, closed_at FROM handles ORDER BY handle",
                    "SELECT * FROM do_not_call ORDER BY tenant_dbid, kind, value"):
            for row in self.store.rows(sql):
                digest.update(repr(row).encode())
        return digest.digest()

    def refuse(self, subject, body, numbers, what, names=None, **target):
        """Sends it and holds: it is refused so, and nothing in the store changed."""
        if self.version != self.store.version():
            self.version, self.content = self.store.version(), self.read_store()
        answer = self.assert_refused(self.send(subject, body, **target), numbers, what, names)
        if self.version != self.store.version():
            self.assertEqual(self.read_store(), self.content, (what, "was refused but changed the store"))
            self.version = self.store.version()
        return answer


class Pairs(MatrixTest):
    """The matrix itself: 1.3, 1.4."""

    def test_each_valid_pair_is_acknowledged(self):
        for pair in matrix.PAIRS:
            with self.subTest(pair=pair):
                subject = self.subject(pair)
                self.assert_acknowledged(self.send(subject), subject, pair)
                self.finish(subject)

    def test_names_compare_without_case(self):
        for pair in matrix.PAIRS:
            for resource, request in ((pair[0].upper(), pair[1].lower()), (pair[0].title(), pair[1].swapcase())):
                with self.subTest(pair=pair, resource=resource, request=request):
                    subject = self.subject(pair)
                    self.assert_acknowledged(self.send(subject, request=request, resource=resource), subject, pair)
                    self.finish(subject)

    def test_aliases_and_a_trailing_slash(self):
        for pair in matrix.PAIRS:
            others = [(pair[0], pair[1], "/")]
            others += [(pair[0], alias, "") for alias, name in matrix.REQUEST_ALIASES.items() if name == pair[1]]
            others += [(alias, pair[1], "") for alias, name in matrix.RESOURCE_ALIASES.items() if name == pair[0]]
            for resource, request, ending in others:
                with self.subTest(resource=resource, request=request, ending=ending):
                    subject = self.subject(pair)
                    answer = self.send(subject, request=request, resource=resource, ending=ending)
                    self.assert_acknowledged(answer, subject, (resource, request))
                    self.finish(subject)

    def any_subjects(self):
        """One target of each resource, for requests that must not reach it."""
        pairs = {resource: (resource, requests[0]) for resource, requests in matrix.MATRIX.items()}
        return [self.subject(pair) for pair in pairs.values()]

    def test_how_an_id_is_written(self):
        """1.1: percent-decoded once; a plus is a plus in the path and a blank in the query."""
        for phone, written in (("+33 64", "+33%2064"), ("+33/64?&#", "%2B33%2F64%3F%26%23"), ("50%25", "50%2525"),
                               ("Łódź", "%C5%81%C3%B3d%C5%BA"), ("a@b.c", "a@b.c")):
            with self.subTest(phone=phone):
                added = self.scene.add(OTHER, GSW_PHONE=phone, GSW_RECORD_STATUS=8)
                answer = self.client.post(f"/phones/{written}?req=RequestRecordCancel&tenant=Resources")
                self.assertEqual((answer.status, answer.json.get("GSW_PHONE")), (200, phone), answer.body)
                row, = self.scene.chain(OTHER, added["GSW_CHAIN_ID"])
                self.assertEqual(row["record_status"], 5)
        blank = self.client.post("/phones/50%20?req=DoNotCall&tenant=No+tenant+at+all")
        self.assert_refused(blank, 113, "a blank in the query")
        for written in ("", "%00", "%", "%G1", "%ff", "a/b", "a" * 257):
            for resource in matrix.MATRIX:
                with self.subTest(resource=resource, written=written[:10]):
                    request = matrix.MATRIX[resource][0]
                    answer = self.client.post(f"/{resource}/{written}?req={request}&tenant=Resources")
                    self.assertEqual((answer.status, answer.json["GSW_USER_EVENT"]), (400, "Error"))

    def test_another_resources_request_is_400(self):
        for subject in self.any_subjects():
            for request in (*matrix.REQUESTS, *matrix.REQUEST_ALIASES):
                if matrix.REQUEST_ALIASES.get(request, request) not in matrix.MATRIX[subject.resource]:
                    with self.subTest(resource=subject.resource, request=request):
                        self.refuse(subject, None, 102, request, request=request)
            self.finish(subject)

    def test_an_unknown_request_is_501(self):
        for subject in self.any_subjects():
            for request in matrix.UNKNOWN_REQUESTS:
                with self.subTest(resource=subject.resource, request=request):
                    self.refuse(subject, None, 101, request, request=request.replace(" ", "%20"))
            for request in matrix.NOT_OFFERED:
                with self.subTest(resource=subject.resource, request=request):
                    self.refuse(subject, None, (101, 102), request, request=request)
            with self.subTest(resource=subject.resource, request=SECRET):
                self.refuse(subject, None, 101, SECRET, request=SECRET)
            self.finish(subject)

    def test_an_unknown_resource_is_404(self):
        subject = self.subject(("lists", "AddRecord"))
        for resource in ("agents", "list", "records2", "tenants", SECRET):
            for request in (*matrix.REQUESTS, "FlyToTheMoon"):
                with self.subTest(resource=resource, request=request):
                    answer = self.client.post(subject.target(resource=resource, request=request), subject.body)
                    self.assertEqual(answer.status, 404, answer.body)
                    self.assert_refused(answer, None, resource)

    def test_methods(self):
        for pair in matrix.PAIRS:
            allow = matrix.ALLOW_READING if pair in matrix.READING else matrix.ALLOW
            with self.subTest(pair=pair, method="PUT"):
                subject = self.subject(pair)
                self.assert_acknowledged(self.send(subject, method="PUT"), subject, pair)
                self.finish(subject)
            subject = self.subject(pair)
            before = self.read_store()
            for method in ("GET", "HEAD", *matrix.OTHER_METHODS):
                with self.subTest(pair=pair, method=method):
                    answer = self.client.request(method, subject.target())
                    if method in allow:
                        self.assertEqual(answer.status, 200, answer.body)
                        if method == "GET":
                            self.assert_acknowledged(answer, subject, pair)
                    else:
                        self.assertEqual(answer.status, 405)
                        self.assertEqual(set(answer.headers["allow"].replace(" ", "").split(",")), allow)
                        if method != "HEAD":
                            self.assert_refused(answer, None, method)
                    if method == "HEAD":
                        self.assertEqual(answer.body, b"")
            with self.subTest(pair=pair, method="an unknown one"):
                self.assertIn(self.client.request("FROB", subject.target()).status, (405, 501))
            self.assertEqual(self.read_store(), before, pair)
            self.finish(subject)

    def test_the_request_stands_once_in_the_uri_and_may_stand_in_the_body(self):
        for pair in matrix.PAIRS:
            with self.subTest(pair=pair):
                subject = self.subject(pair)
                without = self.client.post(subject.path + "?x=1", subject.body)
                self.assertEqual((without.status, without.json["GSW_USER_EVENT"]), (400, "Error"))
                doubled = self.client.post(subject.target() + f"&req={pair[1]}", subject.body)
                self.assertEqual((doubled.status, doubled.json["GSW_USER_EVENT"]), (400, "Error"))
                self.refuse(subject, {**subject.body, "GSW_AGENT_REQ_TYPE": "FlyToTheMoon"}, None, pair)
                answer = self.send(subject, {**subject.body, "GSW_AGENT_REQ_TYPE": pair[1]})
                self.assert_acknowledged(answer, subject, pair)
                self.finish(subject)

    def test_the_clients_reference_comes_back(self):
        for pair in matrix.PAIRS:
            for reference in ("mine-1", 77, "77", -5):
                with self.subTest(pair=pair, reference=reference):
                    subject = self.subject(pair)
                    self.refuse(subject, {**subject.body, "GSW_REFERENCE_ID": reference, "GSW_APPLICATION_ID": 7}, 124,
                                pair)
                    answer = self.send(subject,
                                       {**subject.body, "GSW_APPLICATION_ID": 7, "GSW_REFERENCE_ID": reference})
                    self.assertEqual(answer.json.get("GSW_REFERENCE_ID"), reference)
                    answer = self.send(subject, {**subject.body, "GSW_REFERENCE_ID": reference})
                    self.assert_acknowledged(answer, subject, pair)
                    self.assertEqual(answer.json.get("GSW_REFERENCE_ID"), reference)
                    self.assertIs(type(answer.json["GSW_REFERENCE_ID"]), type(reference))
                    self.finish(subject)

    def test_bodies(self):
        """2.1: what is a body at all. RecordReject needs no attribute, so each way to send none will do."""
        pair = ("records", "RecordReject")
        for body in (b"", b"{}", b" \r\n\t{ \n } \n", b"\xef\xbb\xbf{}", b'{"NOTE":null}'):
            with self.subTest(body=body):
                subject = self.subject(pair)
                self.assert_acknowledged(self.send(subject, body), subject, body)
                self.finish(subject)
        subject = self.subject(pair)
        for body in (b"null", b"[]", b"7", b'"text"', b"{", b"{}{}", b'{"NOTE"}', b'{"NOTE":}', b'{"NOTE":1,}',
                     b"{'NOTE':1}",
                     b'{"NOTE":"\xff"}', b'{"NOTE":"Zq7', b'{"NOTE":"a\nb"}', b'{NOTE:1}', b"\xff\xfe{\0}\0", b"Zq7"):
            with self.subTest(body=body):
                self.refuse(subject, body, 105, body)
        for body in (b'{"NOTE":true}', b'{"NOTE":[]}', b'{"NOTE":{}}', b'{"NOTE":1.5}', b'{"NOTE":1e3}',
                     b'{"NOTE":99999999999999999}'):
            with self.subTest(body=body):
                self.refuse(subject, body, (104, 105), body)
        self.finish(subject)


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


class NotThere(MatrixTest):
    """404 and 409: what is named does not exist, or is in another state."""

    def test_an_unknown_handle(self):
        for request in matrix.MATRIX["records"]:
            subject = self.subject(("records", request))
            self.finish(subject)
            for name, numbers in ((999999, 110), (2147483647, 110), (0, None), (-1, None), (2**53, 104),
                                  (SECRET, None),
                                  ("1.5", None), ("%2B1", None)):
                with self.subTest(request=request, handle=name):
                    self.refuse(dataclasses.replace(subject, path=f"/records/{name}"), None, numbers, request)

    def test_a_closed_handle(self):
        closers = [request for request in matrix.MATRIX["records"]
                   if request not in ("UpdateCallCompletionStats", "ChainedRecordRequest")]
        for closer in (*closers, "LogOut", "phones", "customer_ids"):
            for request in matrix.MATRIX["records"]:
                with self.subTest(closer=closer, then=request):
                    subject = self.subject(("records", request))
                    held = subject.held
                    if closer == "LogOut":
                        way = f"{path('campaigngroups', CALLBACKS.group)}?req=LogOut"
                        body = {"GSW_AGENT_ID": held.agent}
                    elif closer in ("phones", "customer_ids"):
                        name = held.phone if closer == "phones" else held.customer
                        way, body = f"{path(closer, name)}?req=RequestRecordCancel&tenant=Resources", {}
                    else:
                        way = f"{path('records', held.handle)}?req={closer}"
                        body = {"GSW_DATE_TIME": DATE} if "Reschedule" in closer else {}
                    closed = self.client.post(way, body)
                    self.assertEqual(closed.status, 200, closed.body)
                    self.refuse(subject, None, 120, (closer, request))
                    if closer == request:
                        self.refuse(subject, {**subject.body, "GSW_REFERENCE_ID": 5}, 120, (closer, "once more"))

    def test_an_unknown_or_disabled_list(self):
        subject = self.subject(("lists", "AddRecord"))
        for name in (SECRET, "Disabled list", "list 0 ", "0", str(CALLBACKS.list_dbid)):
            with self.subTest(list=name):
                self.refuse(dataclasses.replace(subject, path=path("lists", name)), None, 111, name)

    def test_an_unknown_campaign(self):
        subject = self.subject(("lists", "AddRecord"))
        self.refuse(subject, {**subject.body, "GSW_CAMPAIGN_NAME": SECRET}, 114, "unknown")
        self.refuse(subject, {**subject.body, "GSW_CAMPAIGN_NAME": OTHER.campaign}, None, "without this list")
        self.refuse(subject, {**subject.body, "GSW_CAMPAIGN_NAME": FOREIGN["campaign"]}, None, "of another tenant")

    def test_narrowing_to_what_is_not_there(self):
        for pair in matrix.PAIRS:
            if pair[0] in ("phones", "customer_ids"):
                with self.subTest(pair=pair):
                    subject = self.subject(pair)
                    for name in (SECRET, FOREIGN["list"]):
                        self.refuse(subject, {"GSW_CALLING_LIST": name}, 111, (pair, name))
                    for name in (SECRET, FOREIGN["campaign"]):
                        self.refuse(subject, {"GSW_CAMPAIGN_NAME": name}, 114, (pair, name))
                    if pair[1] == "RequestRecordCancel":
                        self.refuse(subject, {"GSW_CALLING_LIST": OTHER.list}, 115, (pair, "another list"))
                        self.refuse(subject, {"GSW_CAMPAIGN_NAME": OTHER.campaign}, 115, (pair, "another campaign"))
                    more = {"GSW_CALLING_LIST": CALLBACKS.list, "GSW_CAMPAIGN_NAME": CALLBACKS.campaign}
                    self.assert_acknowledged(self.send(subject, more), subject, pair)

    def test_an_unknown_contact(self):
        for resource in ("phones", "customer_ids"):
            subject = self.subject((resource, "RequestRecordCancel"))
            self.finish(subject)
            nobody = dataclasses.replace(subject, path=path(resource, SECRET))
            self.refuse(nobody, None, 115, resource)
            # To block somebody of whom there is no record is success (3.6).
            known = dataclasses.replace(subject, request="DoNotCall", path=path(resource, self.scene.unique("nobody")))
            self.assert_acknowledged(self.send(known), known, resource)

    def test_a_contact_whose_records_are_all_finished_is_200_and_stays(self):
        subject = self.subject(("phones", "RequestRecordCancel"))
        self.finish(subject)
        before = self.read_store()
        answer = self.send(subject)
        self.assert_acknowledged(answer, subject, "finished")
        self.assertRegex(answer.json["GSW_MESSAGE"], r"^0 records")
        self.assertEqual(self.read_store(), before)

    def test_do_not_call_is_per_tenant(self):
        phone = self.scene.unique("+1555")
        for resource, name, attributes in (("phones", phone, {}),
                                           ("customer_ids", "of both", {"GSW_CUSTOMER_ID": "of both"})):
            added = self.scene.add(OTHER, **{"GSW_PHONE": phone, **attributes})
            answer = self.client.post(f"{path(resource, name)}?req=DoNotCall&tenant=Environment")
            self.assertEqual(answer.status, 200, answer.body)
            taken = self.scene.preview(OTHER)
            self.assertEqual((taken.get("GSW_PHONE"), taken.get("GSW_CHAIN_ID")), (phone, added["GSW_CHAIN_ID"]))
        self.assertEqual(self.scene.do_not_call(OTHER_TENANT) & {(0, phone), (1, "of both")},
                         {(0, phone), (1, "of both")})
        self.assertEqual(self.scene.do_not_call(TENANT) & {(0, phone), (1, "of both")}, set())

    def test_a_campaigns_callback_is_offered_to_its_groups_only(self):
        add = f"{path('lists', 'Shared list')}?req=AddRecord"
        body = {"GSW_PHONE": "5", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Second", "GSW_RECORD_TYPE": 6}
        self.assertEqual(self.client.post(add, body).status, 200)
        events = [self.client.post(f"/campaigngroups/{group}?req=PreviewRecordRequest").json["GSW_USER_EVENT"]
                  for group in (3901, 3902, 3902)]
        self.assertEqual(events, ["PreviewRecordEmpty", "PreviewRecord", "PreviewRecordEmpty"])

    def test_a_list_of_two_campaigns(self):
        """The campaign of a handle is the one whose group took the record."""
        body = {"GSW_PHONE": "5", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "First"}
        self.assertEqual(self.client.post(f"{path('lists', 'Shared list')}?req=AddRecord", body).status, 200)
        for group, campaign, other, request in ((3902, "Second", "First", "RecordReject"),
                                                (3901, "First", "Second", "RecordProcessed")):
            taken = self.client.post(f"/campaigngroups/{group}?req=PreviewRecordRequest").json
            self.assertEqual(taken["GSW_CAMPAIGN_NAME"], campaign)
            way = f"/records/{taken['GSW_RECORD_HANDLE']}?req="
            wrong = self.client.post(way + request, {"GSW_CAMPAIGN_NAME": other})
            self.assert_refused(wrong, 106, campaign, names="GSW_CAMPAIGN_NAME")
            done = self.client.post(way + request, {"GSW_CAMPAIGN_NAME": campaign})
            self.assertEqual((done.status, done.json.get("GSW_CAMPAIGN_NAME")), (200, campaign))
            self.assertEqual(broken(self.server.store), [])

    def test_an_unknown_group(self):
        for request in matrix.MATRIX["campaigngroups"]:
            subject = self.subject(("campaigngroups", request))
            for name, numbers in ((999999, 112), (2147483647, 112), (SECRET, None), ("-1", None), (2**53, 104)):
                with self.subTest(request=request, group=name):
                    self.refuse(dataclasses.replace(subject, path=f"/campaigngroups/{name}"), None, numbers, request)

    def await_unloading(self, group):
        """Leaves a group waiting for a record that an agent has taken; returns the handle."""
        agent = self.scene.unique("agent")
        self.scene.add(CALLBACKS, GSW_RECORD_TYPE=5, GSW_AGENT_ID=agent)
        taken = self.client.post(f"/campaigngroups/{group}?req=PreviewRecordRequest", {"GSW_AGENT_ID": agent}).json
        self.server.ctl("group", "stop", str(group))
        self.server.ctl("group", "unload", str(group))
        return taken["GSW_RECORD_HANDLE"]

    def test_group_states(self):
        waited_for = self.await_unloading(3910 + list(matrix.GROUP_STATES).index("WaitingUnload"))
        for number, (state, (event, has_mode)) in enumerate(matrix.GROUP_STATES.items()):
            group = dataclasses.replace(self.subject(("campaigngroups", "CampaignStatusRequest")), region=CALLBACKS,
                                        path=path("campaigngroups", 3910 + number))
            for method in ("GET", "POST", "PUT"):
                with self.subTest(state=state, method=method):
                    answer = self.send(group, method=method)
                    body = answer.json
                    self.assertEqual((answer.status, body["GSW_USER_EVENT"]), (200, event), body)
                    self.assert_types(body, state)
                    self.assertEqual(
                        {key: body.get(key) for key in matrix.ACKNOWLEDGED["campaigngroups", "CampaignStatusRequest"]},
                        {"GSW_APPLICATION_ID": APPLICATION, "GSW_CAMPAIGN_NAME": CALLBACKS.campaign,
                         "GSW_CAMPAIGN_DESCRIPTION": "the campaign of region 0",
                         "GSW_CAMPAIGN_GROUP_NAME": f"Group that is {state}",
                         "GSW_CAMPAIGN_GROUP_DESCRIPTION": "a group",
                         "GSW_CAMPAIGN_GROUP_DBID": 3910 + number,
                         "GSW_CAMPAIGN_MODE": "Preview" if has_mode else None})
            # A preview needs a running group, a logout does not.
            with self.subTest(state=state, request="PreviewRecordRequest"):
                preview = dataclasses.replace(group, request="PreviewRecordRequest")
                numbers = {"Running": (), "Active": 122, "WaitingUnload": (121, 122)}.get(state, 121)
                if numbers:
                    self.refuse(preview, {"GSW_AGENT_ID": "agent7"}, numbers, state)
            with self.subTest(state=state, request="LogOut"):
                logout = dataclasses.replace(group, request="LogOut", body={"GSW_AGENT_ID": "agent7"})
                answer = self.send(logout)
                self.assert_acknowledged(answer, logout, state)
                self.assertRegex(answer.json["GSW_MESSAGE"], r"^0 records")
        self.assertEqual(self.client.post(f"/records/{waited_for}?req=RecordProcessed").status, 200)

    def test_group_modes(self):
        for number, (mode, name) in enumerate(matrix.MODES.items()):
            with self.subTest(mode=mode):
                group = dataclasses.replace(self.subject(("campaigngroups", "CampaignStatusRequest")), region=CALLBACKS,
                                            path=path("campaigngroups", 3930 + number))
                self.assertEqual(self.send(group).json["GSW_CAMPAIGN_MODE"], name)
                if "Preview" not in mode:  # whether PushPreview is a preview mode is open
                    self.refuse(dataclasses.replace(group, request="PreviewRecordRequest"), {}, 123, mode)

    def test_an_empty_group(self):
        subject = dataclasses.replace(self.subject(("campaigngroups", "LogOut")), request="PreviewRecordRequest",
                                      path=path("campaigngroups", 3902))
        answer = self.send(subject, {})
        self.assertEqual((answer.status, answer.json["GSW_USER_EVENT"]), (200, "PreviewRecordEmpty"))
        self.assertEqual([key for key in matrix.PREVIEW_EMPTY if key not in answer.json], [])
        self.assert_types(answer.json, "empty")


class OneTenant(MatrixTest):
    """With one tenant nobody need name it."""

    catalogue = catalogue(3)

    def test_the_only_tenant_is_meant(self):
        for pair in matrix.PAIRS:
            for tenant in ("", "Resources", TENANT):
                with self.subTest(pair=pair, tenant=tenant):
                    subject = self.subject(pair)
                    self.assert_acknowledged(self.send(subject, tenant=tenant), subject, pair)
                    self.finish(subject)
        self.refuse(self.subject(("phones", "DoNotCall")), None, 113, "unknown", tenant=SECRET)


class ConfiguredTenant(MatrixTest):
    """application.tenant stands for what a request does not name."""

    options = {"application": {"tenant": "Resources"}}

    def test_the_configured_tenant_is_meant(self):
        for resource in ("phones", "customer_ids"):
            for request in matrix.MATRIX[resource]:
                with self.subTest(resource=resource, request=request):
                    subject = self.subject((resource, request))
                    self.assert_acknowledged(self.send(subject, tenant=""), subject, resource)
                    self.assertEqual(self.scene.row(subject.held.record_id)["handle"], 0)
        phone = self.scene.unique("nobody")
        self.client.post(f"{path('phones', phone)}?req=DoNotCall&tenant=Environment")
        self.assertIn((0, phone), self.scene.do_not_call(OTHER_TENANT))
        self.assertNotIn((0, phone), self.scene.do_not_call(TENANT))

if __name__ == "__main__":
    unittest.main()
