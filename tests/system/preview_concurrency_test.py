"""Sixty-four agents preview from one group at once, over lists of different weights, with chains, callbacks, and
contacts that are on the do-not-call list or come onto it meanwhile. No handle and no record twice, no listed contact
ever, one customer never called twice at once, callbacks first and personal ones only to their agent, and at the end all
is handed out.

Handles are numbered in the order in which records were taken, so the order of events is read from them, not from
clocks.
"""
import collections
import concurrent.futures
import http.client
import threading
import time
import unittest
import urllib.parse

from harness import SCALE, Client, Response, SystemTest
from invariants import broken
from regions import DATE, calling_list, due_now, path

CLIENTS = 64
LISTS = {"A": (301, 10), "B": (302, 30), "C": (303, 60)}  # dbid, weight
CHAINS = 160  # of each list, of three records each
AGENTS = [f"agent{n}" for n in range(CLIENTS)]
CALLBACK_AGENTS = AGENTS[:8]

CATALOGUE = {
    "tenants": [{"dbid": 1, "name": "Resources"}],
    "calling-lists": [calling_list(dbid, name) for name, (dbid, _) in LISTS.items()],
    "campaigns": [{"dbid": 101, "name": "Mixed", "tenant": "Resources",
                   "lists": [{"list": name, "weight": weight} for name, (_, weight) in LISTS.items()]}],
    "campaign-groups": [{"dbid": 201, "name": "Mixed group", "campaign": "Mixed", "state": "Running",
                         "mode": "Preview"}],
}


class Contacts:
    """What was put into the lists: all is known before the first preview."""

    def __init__(self, server):
        self.server = server
        self.customers = {}  # phone -> customer id
        self.list_of = {}  # phone -> list
        self.callbacks = {}  # phone -> agent, "" for those of the campaign
        self.never = set()  # phones of callbacks that are not due, or whose agent is not there
        self.listed = set()  # phones and customer ids that were blocked before, and those acknowledged meanwhile

    def add_all(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(self.add_some, [(name, part) for name in LISTS for part in range(4)]))

    def add_some(self, work):
        name, part = work
        client = Client(self.server)
        for n in range(part, CHAINS, 4):
            chain = None
            for row in range(3):
                phone, customer = f"+{name}{n}-{row}", f"{name}{n}"
                chain = self.add(client, name, phone, customer, **({"GSW_CHAIN_ID": chain} if chain else {}))
        for n in range(part, 24, 4):
            agent = CALLBACK_AGENTS[n % len(CALLBACK_AGENTS)]
            self.add_callback(client, name, f"+{name}p{n}", agent, GSW_RECORD_TYPE=4 + n % 2)
            self.add_callback(client, name, f"+{name}c{n}", "", GSW_RECORD_TYPE=(3, 6)[n % 2])
        if part == 0:
            self.add_callback(client, name, f"+{name}absent", "nobody", GSW_RECORD_TYPE=5)
            self.add_callback(client, name, f"+{name}later", AGENTS[0], GSW_RECORD_TYPE=5, GSW_DATE_TIME=DATE)
            self.add_callback(client, name, f"+{name}later2", "", GSW_RECORD_TYPE=6, GSW_DATE_TIME=DATE)
            self.never |= {f"+{name}absent", f"+{name}later", f"+{name}later2"}
        client.close()

    def add(self, client, name, phone, customer, **more):
        body = {"GSW_PHONE": phone, "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Mixed", "GSW_CUSTOMER_ID": customer,
                **more}
        answer = client.post(f"{path('lists', name)}?req=AddRecord", body)
        assert answer.status == 200, answer.body
        self.customers[phone] = customer
        self.list_of[phone] = name
        return answer.json["GSW_CHAIN_ID"]

    def add_callback(self, client, name, phone, agent, **more):
        more = {"GSW_DATE_TIME": due_now(), **({"GSW_AGENT_ID": agent} if agent else {}), **more}
        self.add(client, name, phone, f"customer of {phone}", **more)
        self.callbacks[phone] = agent

    def block(self, client, resource, value, **more):
        """`GSW_CALLING_LIST` of a list without the contact leaves its records to be found out by the preview."""
        answer = client.post(f"{path(resource, value)}?req=DoNotCall", more)
        assert answer.status == 200, answer.body
        self.listed.add(value)


class Taken:
    def __init__(self, body, agent):
        self.handle = body["GSW_RECORD_HANDLE"]
        self.phone = body["GSW_PHONE"]
        self.chain = body["GSW_CALLING_LIST"], body["GSW_CHAIN_ID"]
        self.list = body["GSW_CALLING_LIST"]
        self.uri = body["GSW_RECORD_URI"]
        self.agent = agent


class PreviewConcurrency(SystemTest):
    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.taken = []
        self.held = {}  # chain -> handle
        self.wrong = []

    def test_lists_are_drawn_by_weight(self):
        """While none runs short; callbacks and listed contacts, which shift the draw, are left out."""
        server = self.outpost(log={"level": "interaction"}).start()
        server.apply(CATALOGUE)
        for name in LISTS:
            file = server.directory / f"{name}.csv"
            file.write_text("contact_info,tz_name\n" + "".join(f"+{name}{n},GMT\n" for n in range(640)))
            server.ctl("import", name, str(file))

        def preview_ten(agent):
            client = Client(server)
            bodies = [client.post("/campaigngroups/201?req=PreviewRecordRequest", {"GSW_AGENT_ID": agent}).json
                      for _ in range(10)]
            client.close()
            return [(body["GSW_RECORD_HANDLE"], body["GSW_CALLING_LIST"]) for body in bodies]

        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            drawn = [pair for pairs in pool.map(preview_ten, AGENTS) for pair in pairs]
        self.assertEqual(len({handle for handle, _ in drawn}), 10 * CLIENTS)
        counts = collections.Counter(name for _, name in drawn)
        total = sum(weight for _, weight in LISTS.values())
        for name, (_, weight) in LISTS.items():
            expected = len(drawn) * weight / total
            self.assertTrue(expected * 0.6 <= counts[name] <= expected * 1.4, counts)

    def test_sixty_four_agents(self):
        server = self.outpost(log={"level": "interaction"}).start()
        server.apply(CATALOGUE)
        self.server = server
        self.contacts = Contacts(server)
        client = Client(server)
        for n in range(0, 20, 2):
            self.contacts.block(client, "phones", f"+A{n}-0")
            self.contacts.block(client, "customer_ids", f"B{n}")
        self.contacts.add_all()
        client.close()
        blocker = threading.Thread(target=self.block_meanwhile)
        agents = [threading.Thread(target=self.guarded, args=(agent,)) for agent in AGENTS]
        for thread in (blocker, *agents):
            thread.start()
        for thread in (blocker, *agents):
            thread.join()
        self.assertEqual(self.wrong, [])
        self.assert_unique()
        self.assert_order()
        self.assert_all_handed_out()
        self.assertEqual(server.preview().json["GSW_USER_EVENT"], "PreviewRecordEmpty")

    def guarded(self, agent):
        try:
            self.work(agent)
        except Exception as error:  # a thread's failure must be the test's
            self.wrong.append(f"{agent}: {error!r}")

    def work(self, agent):
        client = Client(self.server)
        try:
            while not self.wrong:
                with self.lock:
                    idle = not self.held
                    listed = set(self.contacts.listed)
                answer = client.post("/campaigngroups/201?req=PreviewRecordRequest", {"GSW_AGENT_ID": agent})
                assert answer.status == 200, answer.body
                if answer.json["GSW_USER_EVENT"] == "PreviewRecordEmpty":
                    if idle:
                        return  # nobody held a record that could have kept one back
                    time.sleep(0.005)
                    continue
                self.handle(client, Taken(answer.json, agent), listed)
        finally:
            client.close()

    def handle(self, client, record, listed):
        with self.lock:
            self.taken.append(record)
            assert record.chain not in self.held, f"two records of one chain at once: {record.phone}"
            self.held[record.chain] = record.handle
        blocked = {record.phone, self.contacts.customers[record.phone]} & listed
        assert not blocked, f"a listed contact was previewed: {blocked}"
        assert record.phone not in self.contacts.never, f"not due, or another agent's: {record.phone}"
        owner = self.contacts.callbacks.get(record.phone, "")
        assert owner in ("", record.agent), f"{owner}'s callback went to {record.agent}"
        self.finish(client, record)

    def finish(self, client, record):
        """Chains of even numbers are done with their first record; of the others each record is cancelled alone."""
        with self.lock:
            del self.held[record.chain]
        way = urllib.parse.urlsplit(record.uri)
        assert (way.scheme, way.port, way.path) == ("http", self.server.port, f"/records/{record.handle}"), record.uri
        assert not way.query and not way.fragment, record.uri
        if record.chain[1] % 2:
            answer = client.post(f"{way.path}?req=RequestRecordCancel", {"GSW_CHAIN_ATTR": "RecordOnly"})
        elif record.handle % 16:
            answer = client.post(f"{way.path}?req=RecordProcessed", {"GSW_CALL_RESULT": 33})
        else:
            answer = self.follow(way)
        if answer.status != 200:
            # Only who was blocked after the preview is taken away from the agent.
            with self.lock:
                listed = set(self.contacts.listed) | self.meanwhile
            assert answer.json["GSW_ERROR_NUMBER"] == 120 and {record.phone,
                                                               self.contacts.customers[record.phone]} & listed, (
                answer.body)

    def follow(self, way):
        """The URI as it stands, as a client follows it that knows nothing else."""
        connection = http.client.HTTPConnection(way.hostname, way.port, timeout=30 * SCALE)
        try:
            connection.request("POST", f"{way.path}?req=RecordProcessed", b"{}")
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    meanwhile = frozenset([f"+C{n}-{row}" for n in range(0, 60, 3) for row in range(2)] + [f"A{n}"
                                                                                           for n in range(41, 100, 3)]
                          + [f"+B{n}-1" for n in range(101, 160, 3)])

    def block_meanwhile(self):
        client = Client(self.server)
        try:
            for value in sorted(self.meanwhile):
                resource = "phones" if value.startswith("+") else "customer_ids"
                # Of C the records are marked at once, of A and B a preview has to find them out.
                self.contacts.block(client, resource, value, GSW_CALLING_LIST="C")
                time.sleep(0.01)
        except Exception as error:
            self.wrong.append(f"blocking: {error!r}")
        finally:
            client.close()

    def assert_unique(self):
        handles = collections.Counter(record.handle for record in self.taken)
        phones = collections.Counter(record.phone for record in self.taken)
        self.assertEqual([key for key, n in (*handles.items(), *phones.items()) if n > 1], [])

    def general(self):
        return sorted((r for r in self.taken if r.phone not in self.contacts.callbacks),
                      key=lambda record: record.handle)

    def assert_order(self):
        """Every callback was there before the first preview, and each has a chain of its own that nothing held back."""
        first_general = self.general()[0].handle
        first_of_agent = {}
        for record in self.general():
            first_of_agent.setdefault(record.agent, record.handle)
        for record in self.taken:
            if record.phone in self.contacts.callbacks:
                owner = self.contacts.callbacks[record.phone]
                limit = first_general if not owner else first_of_agent.get(owner, record.handle + 1)
                self.assertLess(record.handle, limit, f"{record.phone} came after a general record")

    def assert_all_handed_out(self):
        handed_out = {record.phone for record in self.taken}
        left, even, other = set(), collections.Counter(), []
        for phone, chain, kind, status, result in self.server.rows(
                "SELECT contact_info, chain_id, record_type, record_status, call_result FROM records"):
            listed = bool({phone, self.contacts.customers[phone]} & self.contacts.listed)
            if status in (1, 2):
                left.add(phone)
            elif (kind, status, result) == (7, 3, 51):
                if not listed:
                    other.append(("marked, but not listed", phone))
            elif phone not in handed_out and not (status == 7 and chain % 2 == 0):
                other.append(("neither handed out nor listed", phone, status))
            if chain % 2 == 0 and phone in handed_out:
                even[chain] += 1
        self.assertEqual(left, self.contacts.never)
        self.assertEqual(other, [])
        self.assertEqual(self.server.rows("SELECT count(*) FROM handles WHERE closed_by=''"), [(0,)])
        self.assertEqual(broken(self.server.store), [])
        # A chain that RecordProcessed has finished gives no second record, unless its first was blocked while an agent
        # had it.
        self.assertEqual([chain for chain, n in even.items() if n > 1 and not self.was_blocked(chain)], [])
        for resource, kind in (("+", 0), ("", 1)):
            stored = {value for (value,) in self.server.rows("SELECT value FROM do_not_call WHERE kind=?", kind)}
            self.assertEqual(stored,
                             {value for value in self.contacts.listed if value.startswith("+") == bool(resource)})

    def was_blocked(self, chain):
        phones = {record.phone for record in self.taken if record.chain[1] == chain}
        return bool((phones | {self.contacts.customers[phone] for phone in phones}) & self.contacts.listed)


if __name__ == "__main__":
    unittest.main()
