"""Clients that get into each other's way: all requests on the same few chains, contacts and handles, while the session
timeout, the groups' unloading and kill -9 take records away. Whatever the order was, no request is acknowledged that
another had forestalled, and the store is in order at every moment.

OUTPOST_SEED repeats each client's dice."""
import collections
import contextlib
import os
import random
import threading
import time
import unittest

from harness import Client, SystemTest, await_gone, eventually
from invariants import QUERIES, broken
from regions import Region, catalogue, due_now, path

CLIENTS = 8
REQUESTS = 900  # of each client
KILLS = 5
REGIONS = (Region(0), Region(1))
SEED = int(os.environ.get("OUTPOST_SEED", random.randrange(2**32)))
AGENTS = ("agent1", "agent2", "agent3", None)
PHONES = [f"+{n}" for n in range(120)]
CUSTOMERS = [f"customer{n}" for n in range(60)]
CLOSING = ("RecordProcessed", "RecordReschedule", "ScheduledRecordReschedule", "RecordReject", "RequestRecordCancel",
           "DoNotCall")
# What may answer a right request that came too late, or meets a record of another kind: ocs.md 3.6, issue 3.
TOO_LATE = {
    "records": {(409, 120), (400, 103), (400, 104)},
    "phones": {(404, 115), (500, 131)},  # or more than a thousand rows would be cancelled
    "customer_ids": {(404, 115), (500, 131)},
    "lists": {(400, 104)},  # the chain is full
    "campaigngroups": {(409, 121), (409, 122)},  # the group is being unloaded
}


class Contention(SystemTest):
    def test_whoever_comes_first(self):
        print(f"seed {SEED}", flush=True)
        self.server = self.outpost(application={"session-timeout": 1}, log={"level": "interaction"}).start()
        self.server.apply(catalogue(len(REGIONS)))
        self.lock = threading.Lock()
        self.up = threading.Event()
        self.up.set()
        self.chains = {region.list: [] for region in REGIONS}
        self.handles = []
        self.closed = collections.Counter()  # handle -> acknowledged requests that close it
        self.answers = collections.Counter()
        self.wrong = []
        clients = [threading.Thread(target=self.client, args=(n,)) for n in range(CLIENTS)]
        for thread in clients:
            thread.start()
        dice = random.Random(f"{SEED} disturbance")
        for n in range(KILLS * 3):
            # At any moment: that is the point.
            time.sleep(dice.uniform(0.05, 0.4))
            if not any(thread.is_alive() for thread in clients):
                break
            (self.disturb_group, self.disturb_group, self.kill)[n % 3](dice)
            self.assert_in_order()
        for thread in clients:
            thread.join()
        print(", ".join(f"{n} {what}" for what, n in sorted(self.answers.items(), key=str)), flush=True)
        self.assertEqual(self.wrong, [])
        self.assertEqual([handle for handle, n in self.closed.items() if n > 1], [], "finished twice")
        eventually(lambda: self.server.rows("SELECT count(*) FROM records WHERE record_status=2") == [(0,)],
                   "all given back")
        self.assertEqual(broken(self.server.store), [])
        twice = self.server.rows("SELECT closed_by, count(*) FROM handles WHERE closed_by='' GROUP BY 1")
        self.assertEqual(twice, [])
        open_again = set(self.closed) - {handle for (handle,) in self.server.rows("SELECT handle FROM handles")}
        self.assertEqual(open_again, set(), "acknowledged handles that the store does not know")

    def assert_in_order(self):
        """Each query sees one moment, so these hold while requests go on."""
        for what, query in QUERIES:
            self.assertEqual(self.server.rows(query), [], what)

    def kill(self, _):
        self.up.clear()
        self.server.kill()
        self.server.wait()
        await_gone(self.server.proxy_pid)
        self.server.start()
        self.up.set()

    def disturb_group(self, dice):
        group = str(dice.choice(REGIONS).group)
        self.server.ctl("group", "unload", "--force", group)
        self.server.ctl("group", "load", group)
        self.server.ctl("group", "start", group)

    def client(self, number):
        dice = random.Random(f"{SEED} {number}")
        client = Client(self.server)
        try:
            for _ in range(REQUESTS):
                if self.wrong:
                    return
                self.up.wait(60)
                with contextlib.suppress(OSError):  # its outcome is nobody's concern here
                    self.one(client, dice)
        except Exception as error:  # a thread's failure must be the test's
            self.wrong.append(repr(error))
        finally:
            client.close()

    def one(self, client, dice):
        region = dice.choice(REGIONS)
        resource, name, request, body = self.make(region, dice)
        answer = client.post(f"{path(resource, name)}?req={request}", body)
        number = answer.json.get("GSW_ERROR_NUMBER", 0)
        with self.lock:
            self.answers[request, answer.status, number] += 1
            if answer.status == 200:
                self.note(region, resource, name, request, answer.json)
            elif number == 120:
                self.forget(name)
            elif answer.status not in (502, 503, 504) and (answer.status, number) not in TOO_LATE[resource]:
                self.wrong.append((resource, request, body, answer.body))

    def note(self, region, resource, name, request, body):
        if request == "AddRecord" and len(self.chains[region.list]) < 40:
            self.chains[region.list].append(body["GSW_CHAIN_ID"])
        if body["GSW_USER_EVENT"] == "PreviewRecord":
            self.handles.append(body["GSW_RECORD_HANDLE"])
        if resource == "records" and request in CLOSING:
            self.closed[name] += 1
            self.forget(name)

    def forget(self, handle):
        """It is closed; now and then one is kept, to be tried again."""
        if handle in self.handles and handle % 8:
            self.handles.remove(handle)

    def make(self, region, dice):
        chain_attribute = {"GSW_CHAIN_ATTR": dice.choice(("AllChain", "RecordOnly"))}
        agent = dice.choice(AGENTS)
        what = dice.random()
        with self.lock:
            recent = self.handles[-12:]
            chains = list(self.chains[region.list])
        if what < 0.3:
            kind = dice.choice((2, 2, 2, 3, 4, 5, 6))
            return "lists", region.list, "AddRecord", {
                "GSW_PHONE": dice.choice(PHONES), "GSW_TZ_NAME": "GMT", "GSW_RECORD_TYPE": kind,
                "GSW_CAMPAIGN_NAME": region.campaign,
                "GSW_CUSTOMER_ID": dice.choice((None, *CUSTOMERS)), "GSW_DATE_TIME": None if kind == 2 else due_now(),
                "GSW_CHAIN_ID": dice.choice(chains) if chains and dice.random() < 0.7 else None,
                "GSW_AGENT_ID": agent or "agent1", "GSW_RECORD_STATUS": dice.choice((1,) * 9 + (3, 7))}
        if what < 0.6 or not recent:
            return "campaigngroups", region.group, "PreviewRecordRequest", {"GSW_AGENT_ID": agent}
        if what < 0.605:
            return "campaigngroups", region.group, "LogOut", {"GSW_AGENT_ID": agent or "agent1"}
        if what < 0.62:
            return "phones", dice.choice(PHONES), "RequestRecordCancel", chain_attribute
        if what < 0.63:
            return "customer_ids", dice.choice(CUSTOMERS), "RequestRecordCancel", chain_attribute
        if what < 0.635:
            # Few, lest nobody be left to be called.
            return "phones", dice.choice(PHONES[:3]), "DoNotCall", chain_attribute
        body = {}
        request = dice.choice((*CLOSING, "RecordProcessed", "RecordReject", "UpdateCallCompletionStats",
                               "ChainedRecordRequest"))
        if "Reschedule" in request:
            body = {"GSW_DATE_TIME": due_now(), "GSW_CALLBACK_TYPE": dice.choice(("Personal", "Campaign"))}
        elif request == "UpdateCallCompletionStats":
            body = {"GSW_CALL_RESULT": 6}
        elif request == "RequestRecordCancel":
            body = chain_attribute
        elif request == "DoNotCall" and dice.random() < 0.8:
            request = "RecordReject"
        return "records", dice.choice(recent), request, body


if __name__ == "__main__":
    unittest.main()
