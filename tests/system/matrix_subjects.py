"""What the tests of the matrix share: its catalogue, targets of each pair, and how answers are held against matrix.py."""
import dataclasses
import hashlib

import matrix
from harness import SharedServerTest
from invariants import broken
from regions import APPLICATION, DATE, Region, Scene, calling_list, catalogue, path

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
                                        # Waiting needs somebody to wait for: see matrix_test.test_group_states.
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
    """Makes targets, and holds answers against the document."""

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
