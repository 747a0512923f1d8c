"""Every resource with every request, and targets that are not there; matrix_attributes_test.py has every attribute of
each. What is expected stands in matrix.py, which is the protocol document as data; the sections behind each rule are
named there.

Open, so only the class of the answer is held: which of 101 and 102 answers a request of 3.1 that 1.3 does not offer; a
method that HTTP does not know (405 or 501); 104 or 105 for a JSON value that is neither text nor integer; numbers
(instead of names) of callback type, treatment and chain attribute, and a number where a text belongs; AddRecord with
status Retrieved; a negative count; the number of an error of the URI itself; GSW_CAMPAIGN_NAME of another campaign on a
group or of a campaign that does not have the list; an unknown campaign or list in the body of a handle request (106, or
114 and 111); contradicting tenants; which number answers an UpdateCallCompletionStats that changes nothing; 121 or 122
for a group that waits for its unloading.
"""
import dataclasses
import unittest

import matrix
from invariants import broken
from matrix_subjects import CALLBACKS, FOREIGN, OTHER, SECRET, MatrixTest
from regions import APPLICATION, DATE, OTHER_TENANT, TENANT, catalogue, path


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
