"""What tests of state changes share: a record, a chain and the do-not-call list before and after a request."""
import itertools
import time

from harness import SharedServerTest
from invariants import broken
from regions import Region, Scene, catalogue, path

NOW = object()  # a column that holds the time of the request
FREE = object()  # a column of which the document says nothing
EVERY_STATUS = (1, 1, 3, 4, 5, 6, 7, 8, 0)
PHONE, CUSTOMER = 0, 1  # kinds of do-not-call entries


class StateTest(SharedServerTest):
    catalogue = catalogue(150)
    numbers = itertools.count()

    def setUp(self):
        super().setUp()
        self.scene = Scene(self.server, self.client)
        self.region = self.new_region()

    def tearDown(self):
        self.assertEqual(broken(self.server.store), [])

    def new_region(self):
        return Region(next(StateTest.numbers))

    def send(self, resource, name, request, body=None):
        answer = self.client.post(f"{path(resource, name)}?req={request}", body or {})
        self.assertEqual(answer.status, 200, (request, answer.body))
        return answer.json

    def on(self, held, request, **body):
        return self.send("records", held.handle, request, body)

    def assert_rows(self, before, after, *changes):
        """`changes`: one dictionary per row."""
        self.assertEqual(len(before), len(after))
        for old, new, change in zip(before, after, changes, strict=True):
            expected = {**old, **change}
            for key, value in expected.items():
                if value is NOW:
                    self.assertTrue(self.started - 1 <= new[key] <= time.time() + 1, (key, new[key]))
                elif value is not FREE:
                    self.assertEqual(new[key], value, (key, "before", old, "after", new))

    def act(self, region, chain, action, change):
        """Does it and compares the chain: `change` gives the expected change of a row. Returns what `action` did."""
        before = self.scene.chain(region, chain)
        self.started = int(time.time())
        done = action()
        self.assert_rows(before, self.scene.chain(region, chain), *map(change, before))
        return done

    def assert_closed(self, handle):
        self.assertNotEqual(self.scene.handle_row(handle)[0], "")
        again = self.client.post(f"{path('records', handle)}?req=RecordProcessed")
        self.assertEqual((again.status, again.json["GSW_ERROR_NUMBER"]), (409, 120))

    def take_of_chain(self, statuses=EVERY_STATUS, **attributes):
        """A chain with a row of each status, one of the Ready ones taken. Each has its own phone and customer id."""
        region = self.region
        chain = None
        for status in statuses:
            more = {"GSW_CHAIN_ID": chain} if chain else {}
            chain = self.scene.add(region, GSW_RECORD_STATUS=status, GSW_CUSTOMER_ID=self.scene.unique("customer"),
                                   **more,
                                   **attributes)["GSW_CHAIN_ID"]
        taken = self.scene.preview(region, self.scene.unique("agent"))
        self.assertEqual(taken["GSW_USER_EVENT"], "PreviewRecord")
        return chain, self.held(taken)

    def held(self, preview):
        handle = preview["GSW_RECORD_HANDLE"]
        record_id, agent = self.server.rows("SELECT record_id, agent_id FROM handles WHERE handle=?", handle)[0]
        row = self.scene.row(record_id)
        return Held(handle, record_id, row["contact_info"], row["customer_id"], agent)


class Held:
    def __init__(self, handle, record_id, phone, customer, agent):
        self.handle, self.record_id, self.phone, self.customer, self.agent = handle, record_id, phone, customer, agent

    def is_row(self, row):
        return row["record_id"] == self.record_id


def released(row, held):
    """What becomes of another row of the chain when the handle is closed and nothing else is said."""
    return {"handle": 0} if row["handle"] == held.handle else {}
