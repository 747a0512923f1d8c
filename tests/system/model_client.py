"""A client of model_test.py: random requests, each held against the model."""
import collections
import contextlib
import dataclasses
import random
import threading
import time
import traceback

from harness import SCALE, Client
from model import CUSTOMER, PHONE, ListModel
from regions import Region, path

CLIENTS = 8
SHARED = Region(CLIENTS)
COMPARE_EVERY = 400  # requests of one client


@dataclasses.dataclass
class Request:
    """What the model knows of a request; the body is made from it."""
    kind: str
    handle: int = 0
    phone: str = ""
    customer: str = ""
    agent: str = ""
    chain: int = 0
    type: int = 2
    status: int = 1
    due: int = 0
    result: int = None
    personal: bool = False
    campaign: bool = False
    all_chain: bool = False
    contact: int = PHONE
    value: str = ""
    now: int = 0
    wrong: tuple = ()


class Lost(Exception):
    """Whether the request took effect is not known."""


class OneClient(threading.Thread):
    """Sends its requests one after the other and keeps its model."""

    KINDS = {"add": 30, "preview": 22, "update": 7, "processed": 8, "reschedule": 5, "reschedule_scheduled": 3,
             "reject": 4,
             "cancel": 3, "do_not_call": 2, "chained": 3, "cancel_contact": 2, "do_not_call_contact": 2, "log_out": 2,
             "status": 1, "refused": 4, "shared": 14}

    def __init__(self, run, number):
        super().__init__(name=f"client {number}")
        self.shared = run
        self.number = number
        self.region = Region(number)
        self.model = ListModel()
        self.client = Client(run.server, 30)
        self.step = 0
        self.history = collections.deque(maxlen=40)
        self.agents = [f"a{number}-1", f"a{number}-2", ""]
        self.phones = [f"+{number}-{n}" for n in range(60)]
        self.customers = [f"c{number}-{n}" for n in range(40)]
        self.future = int(time.time()) // 60 * 60 + 10 * 365 * 86400

    def run(self):
        try:
            for self.step in range(self.shared.requests // CLIENTS):
                if self.shared.failed.is_set():
                    return
                # Dice of its own for each step: what one request met does not shift the ones behind it.
                self.one(random.Random(f"{self.shared.seed} {self.number} {self.step}"))
                if self.step % COMPARE_EVERY == COMPARE_EVERY - 1:
                    self.assert_agree()
            self.assert_agree()
        except Exception:
            before = "\n  ".join(map(str, self.history))
            self.shared.failures.append(
                f"client {self.number}, step {self.step}:\n{traceback.format_exc()}\nbefore it:\n  {before}")
            self.shared.failed.set()
        finally:
            self.client.close()

    # --- Making requests -----------------------------------------------------------------------------------------

    def one(self, dice):
        kind = dice.choices(list(self.KINDS), self.KINDS.values())[0]
        if kind == "shared":
            self.one_shared(dice)
        else:
            self.carry_out(self.make(kind, dice))

    def make(self, kind, dice):
        request = Request(kind, now=int(time.time()))
        request.agent = dice.choice(self.agents)
        request.all_chain = dice.random() < 0.5
        if kind == "add":
            self.make_added(request, dice)
        elif kind in ("cancel_contact", "do_not_call_contact"):
            request.contact = dice.choice((PHONE, CUSTOMER))
            # Few numbers are blocked, and one may be nobody's.
            some = {PHONE: self.phones, CUSTOMER: self.customers}[request.contact]
            request.value = dice.choice([*some[:15], some[0] + "0"])
        elif kind == "log_out":
            request.agent = dice.choice(self.agents[:2])
        elif kind == "refused":
            request.wrong = dice.choice(FAULTS)
            request.handle = self.some_handle(dice)
        elif kind not in ("preview", "status"):
            request.handle = self.some_handle(dice)
            self.make_on_handle(request, dice)
        return request

    def make_added(self, request, dice):
        request.phone = dice.choice(self.phones)
        request.customer = dice.choice([*self.customers, "", ""])
        chains = list(self.model.chains)[-20:]
        if chains and dice.random() < 0.4:
            request.chain = dice.choice(chains)
        request.type = dice.choice((2, 2, 2, 2, 2, 3, 4, 5, 6))
        request.status = dice.choice((*(1,) * 14, 0, 3, 4, 5, 6, 7, 8))
        if request.type in (4, 5):
            request.agent = request.agent or self.agents[0]
        else:
            request.agent = dice.choice(("", request.agent))
        if request.type != 2:
            # Sent until it is answered, so none that time would make one of the past.
            request.due = dice.choice((0, 0, 0, self.future))

    def make_on_handle(self, request, dice):
        if request.kind in ("update", "processed", "reschedule", "reschedule_scheduled"):
            request.result = dice.choice((None, 6, 7, 9, 0, 53))
        if request.kind in ("update", "reschedule", "reschedule_scheduled") and dice.random() < 0.3:
            request.phone = dice.choice(self.phones)
        if request.kind == "update" and request.result is None and not request.phone:
            request.result = 28
        request.due = dice.choice((request.now // 60 * 60, self.future))
        request.personal = dice.random() < 0.4
        request.campaign = dice.random() < 0.3
        if request.kind == "do_not_call" and request.handle in self.model.handles and dice.random() < 0.4:
            row = self.model.rows[self.model.handles[request.handle].key]
            request.customer = row.customer or dice.choice(self.customers)

    def some_handle(self, dice):
        """Mostly an open one, or one that is closed, or one that nobody has."""
        opened = list(self.model.open)
        closed = [number for number in list(self.model.handles)[-60:] if number not in self.model.open]
        which = dice.random()
        if opened and which < 0.9:
            return dice.choice(opened)
        if closed and which < 0.97:
            return dice.choice(closed)
        return 2000000000 + dice.randrange(1000)

    @staticmethod
    def date(epoch):
        return time.strftime("%m/%d/%Y %H:%M", time.gmtime(epoch))

    def target_and_body(self, request):
        body = {}
        if request.result is not None:
            # In each form that the contract allows.
            body["GSW_CALL_RESULT"] = {6: "Busy", 7: "7", 9: "aNSWERINGmACHINE"}.get(request.result, request.result)
        if request.phone:
            body["GSW_PHONE"] = request.phone
        chain_attribute = {"GSW_CHAIN_ATTR": "AllChain" if request.all_chain else "RecordOnly"}
        if request.kind == "add":
            body.update(GSW_TZ_NAME="GMT", GSW_CAMPAIGN_NAME=self.region.campaign, GSW_RECORD_TYPE=request.type,
                        GSW_RECORD_STATUS=str(request.status), GSW_AGENT_ID=request.agent or None,
                        GSW_CUSTOMER_ID=request.customer or None, GSW_CHAIN_ID=request.chain or None,
                        GSW_DATE_TIME=self.date(request.due) if request.due else None)
            return f"{path('lists', self.region.list)}?req=AddRecord", body
        if request.kind in ("preview", "log_out", "status"):
            name = {"preview": "PreviewRecordRequest", "log_out": "LogOut",
                    "status": "CampaignStatusRequest"}[request.kind]
            body = {"GSW_AGENT_ID": request.agent} if request.agent and request.kind != "status" else {}
            return f"{path('campaigngroups', self.region.group)}?req={name}", body
        if request.kind in ("cancel_contact", "do_not_call_contact"):
            resource = "phones" if request.contact == PHONE else "customer_ids"
            name = "RecordCancel" if request.kind == "cancel_contact" else "DoNotCall"
            return f"{path(resource, request.value)}?req={name}", chain_attribute
        if request.kind == "refused":
            _, _, target, body = request.wrong
            return target.format(list=path("lists", self.region.list), handle=request.handle,
                                 group=self.region.group), body
        name = {"update": "UpdateCallCompletionStats", "processed": "RecordProcessed", "reschedule": "RecordReschedule",
                "reschedule_scheduled": "ScheduledRecordReschedule", "reject": "RecordReject",
                "cancel": "RequestRecordCancel",
                "do_not_call": "DoNotCall", "chained": "ChainedRecordRequest"}[request.kind]
        if request.kind in ("reschedule", "reschedule_scheduled"):
            body["GSW_DATE_TIME"] = self.date(request.due)
        if request.kind == "reschedule":
            body["GSW_CALLBACK_TYPE"] = "Personal" if request.personal else "Campaign"
            body["GSW_AGENT_ID"] = request.agent or None
        if request.kind == "reschedule_scheduled" and request.campaign:
            body["GSW_CALLBACK_TYPE"] = "Campaign"
        if request.kind in ("cancel", "do_not_call"):
            body.update(chain_attribute)
        if request.kind == "do_not_call" and request.customer:
            body["GSW_CUSTOMER_ID"] = request.customer
        return f"/records/{request.handle}?req={name}", body

    # --- Sending them --------------------------------------------------------------------------------------------

    def send(self, target, body, headers=()):
        """The answer; Lost when it did not come or does not say what happened."""
        self.shared.kills.count()
        self.shared.up.wait(60 * SCALE)
        try:
            answer = self.client.post(target, body, headers)
        except OSError as error:
            raise Lost(str(error)) from error
        if answer.status in (502, 503, 504):
            raise Lost(answer.status)
        return answer

    def send_until_known(self, target, body, key):
        deadline = time.monotonic() + 120 * SCALE
        while True:
            try:
                return self.send(target, body, {"Idempotency-Key": key})
            except Lost:
                self.shared.counts["sent again"] += 1
                assert time.monotonic() < deadline, "no answer in two minutes"
                time.sleep(0.02)

    def carry_out(self, request):
        target, body = self.target_and_body(request)
        expected = self.model.expect(request)
        self.history.append((self.step, request, "expected", expected.status, expected.number))
        self.shared.counts[request.kind] += 1
        if request.kind == "add":
            answer = self.send_until_known(target, body, f"{self.shared.seed}-{self.number}-{self.step}")
        else:
            answer = None
            with contextlib.suppress(Lost):
                answer = self.send(target, body)
            if answer is None:
                self.history.append("its answer was lost")
                self.shared.counts["lost"] += 1
                self.resolve(request)
                return
        self.history.append((answer.status, answer.body[:300]))
        assert answer.status == expected.status, (answer.status, answer.body, "expected", expected.status,
                                                  expected.number)
        if expected.number:
            assert answer.json["GSW_ERROR_NUMBER"] == expected.number, answer.body
        if answer.status == 200:
            self.assert_answer(request, expected, answer.json)
            expected.apply(self.choice(request, answer.json))

    def assert_answer(self, request, expected, body):
        if expected.event:
            assert body["GSW_USER_EVENT"] == expected.event, body
        if expected.message is not None:
            said, meant = body["GSW_MESSAGE"], expected.message
            assert said.split()[0] == meant.split()[0], (said, meant)
        if request.kind == "chained":
            assert [record["GSW_PHONE"] for record in body["records"]] == [
                row.phone for row in self.model.others_of_chain(request.handle)], body

    def choice(self, request, body):
        if request.kind == "add":
            return body["GSW_CHAIN_ID"], body["GSW_CHAIN_N"]
        if request.kind != "preview":
            return None
        if body["GSW_USER_EVENT"] == "PreviewRecordEmpty":
            return 0, None, self.passed()
        assert body["GSW_USER_EVENT"] == "PreviewRecord", body
        handle = body["GSW_RECORD_HANDLE"]
        self.shared.given(handle)
        return handle, self.record_of(handle), self.passed()

    def record_of(self, handle):
        return self.shared.rows("SELECT chain_id, chain_n FROM handles JOIN records USING (record_id)"
                                " WHERE handles.handle=?", handle)[0]

    def passed(self):
        """Ready records of the model that the store shows as do-not-call: the preview met them on its way."""
        listed = [row for row in map(self.model.rows.get, self.model.ready) if self.model.listed(row)]
        if not listed:
            return []
        marked = set(self.shared.rows("SELECT chain_id, chain_n FROM records WHERE list_dbid=? AND record_type=7 AND"
                                      " record_status=3 AND call_result=51", self.region.list_dbid))
        return [row.key for row in listed if row.key in marked]

    # --- What happened to a request whose answer was lost ----------------------------------------------------------

    def resolve(self, request):
        # Once a later request is answered, the lost one is done or will never be.
        barrier = Request("add", phone=self.phones[0], status=3)
        before = self.model.copy()
        target, body = self.target_and_body(barrier)
        answer = self.send_until_known(target, body, f"{self.shared.seed}-{self.number}-{self.step}-barrier")
        assert answer.status == 200, answer.body
        place = answer.json["GSW_CHAIN_ID"], answer.json["GSW_CHAIN_N"]
        stored = self.stored()
        self.model.expect(barrier).apply(place)
        if stored == self.model.state():
            self.history.append("it had no effect")
            return
        after = before
        self.model = after
        expected = after.expect(request)
        assert expected.status == 200, ("refused, but the store changed", self.difference(stored, before.state()))
        choice = None
        if request.kind == "preview":
            new = [number for number in stored[1] if number not in after.handles]
            assert len(new) <= 1, new
            handle = new[0] if new else 0
            if handle:
                self.shared.given(handle)
            choice = handle, stored[1][handle][:2] if handle else None, self.passed()
        expected.apply(choice)
        after.expect(barrier).apply(place)
        assert stored == after.state(), ("neither before nor after", request, self.difference(stored, after.state()))
        self.history.append("it had taken effect")
        self.shared.counts["lost, but done"] += 1

    def stored(self):
        """The client's part of the store, as ListModel.state() shows it."""
        rows = {row[:2]: row for row in self.shared.rows(
            "SELECT chain_id, chain_n, contact_info, customer_id, record_type, record_status, call_result, attempt,"
            " agent_id, dial_sched_time, handle FROM records WHERE list_dbid=?", self.region.list_dbid)}
        handles = {number: (chain, n, agent, closed_by == "", bool(reported)) for number, chain, n, agent, closed_by,
                   reported in self.shared.rows(
            "SELECT h.handle, r.chain_id, r.chain_n, h.agent_id, h.closed_by, h.call_reported FROM handles h"
            " JOIN records r USING (record_id) WHERE h.list_dbid=?", self.region.list_dbid)}
        entries = set(self.shared.rows("SELECT kind, value FROM do_not_call WHERE value LIKE ? OR value LIKE ?",
                                       f"+{self.number}-%", f"c{self.number}-%"))
        return rows, handles, entries

    @staticmethod
    def difference(stored, meant):
        parts = []
        for name, there, model in zip(("records", "handles"), stored, meant):
            wrong = [key for key in there.keys() | model.keys() if there.get(key) != model.get(key)]
            parts += [f"{name} {key}: store {there.get(key)}, model {model.get(key)}" for key in sorted(wrong)[:5]]
        if stored[2] != meant[2]:
            parts.append(f"do-not-call: only in the store {stored[2] - meant[2]},"
                         f" only in the model {meant[2] - stored[2]}")
        return "; ".join(parts)

    def assert_agree(self):
        stored, meant = self.stored(), self.model.state()
        assert stored == meant, self.difference(stored, meant)

    # --- The list that all share ------------------------------------------------------------------------------------

    def one_shared(self, dice):
        """Holds in whatever order the clients' requests come."""
        self.shared.counts["shared"] += 1
        what = dice.random()
        phone = f"+shared-{dice.randrange(400)}"
        if what < 0.5:
            key = f"{self.shared.seed}-{self.number}-{self.step}"
            target = f"{path('lists', SHARED.list)}?req=AddRecord"
            answer = self.send_until_known(target, {"GSW_PHONE": phone, "GSW_TZ_NAME": "GMT", "NOTE": key}, key)
            assert answer.status == 200, answer.body
            with self.shared.lock:
                self.shared.shared_added[key] = answer.json["GSW_CHAIN_ID"]
        elif what < 0.55:
            with self.shared.lock:
                self.shared.shared_maybe_listed.add(phone)
            try:
                answer = self.send(f"{path('phones', phone)}?req=DoNotCall", {"GSW_CHAIN_ATTR": "RecordOnly"})
            except Lost:
                return
            assert answer.status == 200, answer.body
            with self.shared.lock:
                self.shared.shared_listed.add(phone)
        else:
            self.preview_shared(dice)

    def preview_shared(self, dice):
        with self.shared.lock:
            listed = set(self.shared.shared_listed)
        try:
            answer = self.send(f"{path('campaigngroups', SHARED.group)}?req=PreviewRecordRequest",
                               {"GSW_AGENT_ID": f"s{self.number}"})
            assert answer.status == 200, answer.body
            if answer.json["GSW_USER_EVENT"] == "PreviewRecordEmpty":
                return
            handle = answer.json["GSW_RECORD_HANDLE"]
            self.shared.given(handle)
            assert answer.json["GSW_PHONE"] not in listed, ("a listed contact was previewed", answer.body)
            if dice.random() < 0.8:
                done = self.send(f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": 33})
                # Another client may have blocked the contact meanwhile.
                assert done.status == 200 or done.json["GSW_ERROR_NUMBER"] == 120, done.body
                if done.status == 200:
                    with self.shared.lock:
                        self.shared.shared_processed.add(handle)
        except Lost:
            return


# (status, number, target, body): one fault each, on whatever the client has; ocs.md 3.6.
FAULTS = (
    (400, 103, "{list}?req=AddRecord", {"GSW_TZ_NAME": "GMT"}),
    (400, 104, "{list}?req=AddRecord", {"GSW_PHONE": "1", "GSW_TZ_NAME": "Mars"}),
    (400, 105, "{list}?req=AddRecord", '{"GSW_PHONE":"1","GSW_PHONE":"1","GSW_TZ_NAME":"GMT"}'),
    (404, 111, "/lists/None?req=AddRecord", {"GSW_PHONE": "1", "GSW_TZ_NAME": "GMT"}),
    (400, 102, "{list}?req=RecordProcessed", {}),
    (501, 101, "/records/{handle}?req=FlyToTheMoon", {}),
    (400, 104, "/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": 54}),
    (400, 104, "/records/{handle}?req=RequestRecordCancel", {"GSW_CHAIN_ATTR": "SomeChain"}),
    (409, 124, "/records/{handle}?req=RecordReject", {"GSW_APPLICATION_ID": 7}),
    (400, 103, "/records/{handle}?req=RecordReschedule", {"GSW_CALLBACK_TYPE": "Campaign"}),
    (404, 110, "/records/2000001000?req=DoNotCall", {}),
    (404, 112, "/campaigngroups/999999?req=PreviewRecordRequest", {}),
    (400, 103, "/campaigngroups/{group}?req=LogOut", {}),
    (404, 115, "/phones/nobody?req=RequestRecordCancel", {}),
    (404, 113, "/phones/nobody?req=DoNotCall&tenant=Nobody", {}),
)
