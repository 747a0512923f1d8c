"""What one calling list, its chains, its handles and the do-not-call entries of its contacts must look like: written
from ocs.md 3.6, 4.6 and issue 3, simple rather than quick, and sharing nothing with the program.

A model belongs to one client, which sends one request at a time and meets no other client's contacts. expect() says how
a request must be answered; `apply` of what it returns makes the change, once it is known that the request took effect.
Where the documents leave a choice (which of several Ready records a preview takes, which listed contacts it passes on
the way) `apply` takes the choice from what it is told, and holds that it was allowed.
"""
import collections
import dataclasses

TERMINAL = (3, 4, 5, 6)
READY, RETRIEVED, UPDATED, STALE, CANCELLED, CHAIN_UPDATED = 1, 2, 3, 4, 5, 7
GENERAL, CAMPAIGN_RESCHEDULED, PERSONAL_RESCHEDULED, PERSONAL, CAMPAIGN, NO_CALL = 2, 3, 4, 5, 6, 7
PHONE, CUSTOMER = 0, 1


@dataclasses.dataclass(frozen=True)
class Row:
    chain: int
    n: int
    phone: str
    customer: str
    type: int
    status: int
    result: int
    attempt: int
    agent: str
    due: int  # epoch seconds, 0 = at once

    @property
    def key(self):
        return self.chain, self.n


@dataclasses.dataclass(frozen=True)
class Handle:
    key: tuple
    agent: str
    is_open: bool = True
    call_reported: bool = False


@dataclasses.dataclass
class Expectation:
    status: int
    number: int = 0  # of the error
    event: str = ""  # of the acknowledgement
    message: str = None
    apply: callable = None  # takes what the choice was; raises AssertionError when that was not allowed
    unchanged: bool = False  # the request changes nothing


class ListModel:
    def __init__(self):
        self.rows = {}
        self.handles = {}
        self.open = {}  # the open ones of them
        self.do_not_call = set()
        self.ready = set()
        self.chains = collections.defaultdict(list)
        self.contacts = collections.defaultdict(set)  # (kind, value) -> keys

    def copy(self):
        other = ListModel()
        other.handles = dict(self.handles)
        other.open = dict(self.open)
        other.do_not_call = set(self.do_not_call)
        for row in self.rows.values():
            other.put(row)
        return other

    # --- State ---------------------------------------------------------------------------------------------------

    def put(self, row):
        old = self.rows.get(row.key)
        if old:
            self.contacts[PHONE, old.phone].discard(row.key)
            self.contacts[CUSTOMER, old.customer].discard(row.key)
        else:
            self.chains[row.chain].append(row.key)
        self.rows[row.key] = row
        self.contacts[PHONE, row.phone].add(row.key)
        if row.customer:
            self.contacts[CUSTOMER, row.customer].add(row.key)
        (self.ready.add if row.status == READY else self.ready.discard)(row.key)

    def change(self, key, **columns):
        self.put(dataclasses.replace(self.rows[key], **columns))

    def chain(self, chain):
        return [self.rows[key] for key in self.chains[chain]]

    def put_handle(self, number, handle):
        self.handles[number] = handle
        if handle.is_open:
            self.open[number] = handle
        else:
            self.open.pop(number, None)

    def close(self, number):
        self.put_handle(number, dataclasses.replace(self.handles[number], is_open=False))

    def close_of(self, key):
        """The record's handle is closed when it has one."""
        for number in [number for number, handle in self.open.items() if handle.key == key]:
            self.close(number)

    def state(self):
        """As the store must show it. Column `handle` of a Retrieved row is its own handle; the Ready rows of its chain
        are kept back by the same."""
        holders = {handle.key[0]: number for number, handle in self.open.items()}
        rows = {row.key: (*dataclasses.astuple(row),
                          holders.get(row.chain, 0) if row.status in (READY, RETRIEVED) else 0)
                for row in self.rows.values()}
        handles = {number: (*handle.key, handle.agent, handle.is_open, handle.call_reported)
                   for number, handle in self.handles.items()}
        return rows, handles, self.do_not_call

    # --- Requests ------------------------------------------------------------------------------------------------

    def expect(self, request):
        return getattr(self, "_" + request.kind)(request)

    def _add(self, request):
        """choice: (chain, n)."""
        def apply(choice):
            chain, n = choice
            known = self.chains[chain] if request.chain else []
            assert not request.chain or chain == request.chain, (chain, request.chain)
            assert request.chain or chain not in self.chains, ("a new chain that is there already", chain)
            assert n == (max(key[1] for key in known) + 1 if known else 0), ("chain_n", n, known)
            self.put(Row(chain, n, request.phone, request.customer, request.type, request.status, 28, 0, request.agent,
                         request.due))
        return Expectation(200, event="AddRecordAcknowledge", apply=apply)

    def listed(self, row):
        return (PHONE, row.phone) in self.do_not_call or (row.customer and (CUSTOMER, row.customer) in self.do_not_call)

    def offered(self, agent, now):
        """What a preview may look at: due callbacks of this agent and of the campaign, and general records."""
        held = {handle.key[0] for handle in self.open.values()}
        free = [self.rows[key] for key in self.ready if key[0] not in held]
        callbacks = [row for row in free if row.due <= now and (
            row.type in (CAMPAIGN, CAMPAIGN_RESCHEDULED)
            or (row.type in (PERSONAL, PERSONAL_RESCHEDULED) and agent and row.agent == agent))]
        return callbacks, [row for row in free if row.type == GENERAL]

    def _preview(self, request):
        """choice: (handle or 0, key or None, keys of the listed contacts that were passed)."""
        def apply(choice):
            handle, key, passed = choice
            callbacks, general = self.offered(request.agent, request.now)
            listed = {row.key for row in (*callbacks, *general) if self.listed(row)}
            assert set(passed) <= listed, ("not listed, but marked", set(passed) - listed)
            first = [row.key for row in callbacks if row.key not in listed]
            second = [row.key for row in general if row.key not in listed]
            if key is None:
                assert not first and not second, ("an empty preview, but there is", (first or second)[:3])
                assert set(passed) == listed, ("an empty preview has looked at all", listed - set(passed))
            else:
                assert key in (first or second), (key, "was given, allowed were", (first or second)[:10])
                assert first or {row.key for row in callbacks} <= set(passed), "callbacks come first"
                assert handle not in self.handles, ("a handle given twice", handle)
                self.change(key, status=RETRIEVED)
                self.put_handle(handle, Handle(key, request.agent))
            for each in passed:
                self._mark(each)
        return Expectation(200, apply=apply)

    def _mark(self, key):
        self.change(key, type=NO_CALL, status=UPDATED, result=51)

    def _on_handle(self, request, event, change, unchanged=False):
        handle = self.handles.get(request.handle)
        if handle is None:
            return Expectation(404, 110)
        if not handle.is_open:
            return Expectation(409, 120)

        def apply(_):
            change(handle, self.rows[handle.key])
        return Expectation(200, event=event, apply=apply, unchanged=unchanged)

    def _given(self, request):
        """Values that several requests may store."""
        return {**({"result": request.result} if request.result is not None else {}),
                **({"phone": request.phone} if request.phone else {})}

    def _update(self, request):
        def change(handle, row):
            self.change(row.key, **self._given(request))
            if request.result is not None:
                self.put_handle(request.handle, dataclasses.replace(handle, call_reported=True))
        return self._on_handle(request, "UpdateCallCompletionStatsAcknowledge", change)

    def _processed(self, request):
        def change(_, row):
            result = request.result if request.result is not None else 33 if row.result == 28 else row.result
            self.change(row.key, status=UPDATED, result=result, attempt=row.attempt + 1)
            self.close(request.handle)
            for other in self.chain(row.chain):
                if other.key != row.key and other.status not in (*TERMINAL, RETRIEVED):
                    self.change(other.key, status=CHAIN_UPDATED)
        return self._on_handle(request, "RecordProcessedAcknowledge", change)

    def _reschedule(self, request):
        def change(handle, row):
            agent = {"agent": request.agent or handle.agent} if request.personal else {}
            self.change(row.key, type=PERSONAL if request.personal else CAMPAIGN, status=READY, attempt=row.attempt + 1,
                        due=request.due, **agent, **self._given(request))
            self.close(request.handle)
        expectation = self._on_handle(request, "RecordRescheduleAcknowledge", change)
        if expectation.status == 200 and request.personal and not (request.agent or self.handles[request.handle].agent):
            return Expectation(400, 103)
        return expectation

    def _reschedule_scheduled(self, request):
        def change(_, row):
            personal = row.type in (PERSONAL, PERSONAL_RESCHEDULED) and not request.campaign
            self.change(row.key, type=PERSONAL_RESCHEDULED if personal else CAMPAIGN_RESCHEDULED, status=READY,
                        due=request.due, **self._given(request))
            self.close(request.handle)
        expectation = self._on_handle(request, "ScheduledRecordRescheduleAcknowledge", change)
        if expectation.status == 200 and self.rows[self.handles[request.handle].key].type not in (3, 4, 5, 6):
            return Expectation(400, 104)
        return expectation

    def _reject(self, request):
        def change(_, row):
            self.change(row.key, status=READY)
            self.close(request.handle)
        return self._on_handle(request, "RecordRejectAcknowledge", change)

    def _chained(self, request):
        return self._on_handle(request, "ChainedRecordsDataEnd", lambda *_: None, unchanged=True)

    def others_of_chain(self, handle):
        key = self.handles[handle].key
        return [row for row in sorted(self.chain(key[0]), key=lambda row: row.n) if row.key != key]

    def _cancel_rows(self, rows):
        for row in rows:
            self.close_of(row.key)
            self.change(row.key, status=CANCELLED, result=52)

    def _cancel(self, request):
        def rows():
            row = self.rows[self.handles[request.handle].key]
            return [each for each in (self.chain(row.chain) if request.all_chain else [row])
                    if each.status not in TERMINAL]
        expectation = self._on_handle(request, "RecordCancelAcknowledge", lambda *_: self._cancel_rows(rows()))
        if expectation.status == 200:
            expectation.message = self._cancelled(len(rows()))
        return expectation

    @staticmethod
    def _cancelled(count):
        return "1 record was cancelled" if count == 1 else f"{count} records were cancelled"

    def matched(self, request):
        rows = [self.rows[key] for key in self.contacts[request.contact, request.value]]
        if request.all_chain:
            return rows, [each for chain in {row.chain for row in rows} for each in self.chain(chain)]
        return rows, rows

    def _cancel_contact(self, request):
        rows, meant = self.matched(request)
        if not rows:
            return Expectation(404, 115)
        open_rows = [row for row in meant if row.status not in TERMINAL]
        return Expectation(200, event="RecordCancelAcknowledge", message=self._cancelled(len(open_rows)),
                           apply=lambda _: self._cancel_rows(open_rows))

    def _list_rows(self, rows):
        for row in rows:
            self.close_of(row.key)
            self._mark(row.key)

    def _do_not_call(self, request):
        def change(_, row):
            rows = self.chain(row.chain) if request.all_chain else [row]
            if request.customer:
                self.do_not_call.add((CUSTOMER, request.customer))
            else:
                self.do_not_call.update((PHONE, each.phone) for each in rows)
            self._list_rows(rows)
        expectation = self._on_handle(request, "DoNotCallAcknowledge", change)
        if expectation.status == 200 and request.customer:
            own = self.rows[self.handles[request.handle].key].customer
            if own and own != request.customer:
                return Expectation(400, 106)
        return expectation

    def _do_not_call_contact(self, request):
        def apply(_):
            _, meant = self.matched(request)
            self.do_not_call.add((request.contact, request.value))
            if request.contact == PHONE and request.all_chain:
                self.do_not_call.update((PHONE, row.phone) for row in meant)
            self._list_rows(meant)
        return Expectation(200, event="DoNotCallAcknowledge", apply=apply)

    def _log_out(self, request):
        mine = [(number, handle) for number, handle in self.open.items() if handle.agent == request.agent]

        def apply(_):
            for number, handle in mine:
                row = self.rows[handle.key]
                # A contact that was called already does not become Ready again.
                given_back = {"status": STALE,
                              "attempt": row.attempt + 1} if handle.call_reported else {"status": READY}
                self.change(handle.key, **given_back)
                self.close(number)
        message = "1 record was given back" if len(mine) == 1 else f"{len(mine)} records were given back"
        return Expectation(200, event="LogOutAcknowledge", message=message, apply=apply)

    def _status(self, _):
        return Expectation(200, event="CampaignStarted", apply=lambda _: None, unchanged=True)

    def _refused(self, request):
        """A request with one fault, whatever it is on: its answer is named with it."""
        return Expectation(request.wrong[0], request.wrong[1])
