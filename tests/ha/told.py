"""Whether other servers were told what is stored: nothing lost, nothing invented, in order, and twice only with a reason.

It reads what the programs stored and what a receiver got, and knows nothing of the programs."""

import collections

HISTORY, PROCESSED, WEBHOOK = "/history", "/processed", "/webhook"
READY, RETRIEVED = 1, 2


def options_for(receiver):
    """What a supervisor is told to tell: (application, webhooks)."""
    return ({"send-history": True, "history-uri": receiver.url(HISTORY),
             "contact-processed-notification": True, "contact-processed-notification-uri": receiver.url(PROCESSED)},
            [{"name": "all", "url": receiver.url(WEBHOOK), "events": "record.added, record.changed, record.called",
              "secret": "0123456789abcdef0123456789abcdef"}])


class Check:
    """`incidents`: (begin, end) of each harm, in the receiver's clock."""

    def __init__(self, deliveries, rows, incidents):
        self.violations = []
        self.incidents = incidents
        self.taken = collections.defaultdict(list)  # path -> deliveries that were answered well, in the order of arrival
        for delivery in sorted(deliveries, key=lambda delivery: delivery.arrived):
            if delivery.answer == 200:
                self.taken[delivery.path].append(delivery)
        self.handles = {guid: (number, closed_by) for number, guid, closed_by in
                        rows("SELECT handle, call_attempt_guid, closed_by FROM handles")}
        self.records = {chain: (status, attempt) for chain, status, attempt in
                        rows("SELECT chain_id, record_status, attempt FROM records")}
        left = rows("SELECT destination, count(*), max(problem) FROM outbox GROUP BY destination")
        if left:
            self.wrong(f"the outbox still has {left}")

    def wrong(self, text):
        self.violations.append(text)

    def all(self):
        self.history()
        self.processed()
        self.webhook()
        for path, deliveries in self.taken.items():
            self.order(path, deliveries)
            self.repeats(path, deliveries)
        return self.violations

    def messages(self, path, key):
        """key(body) -> the distinct messages that were taken with it."""
        found = collections.defaultdict(set)
        for delivery in self.taken[path]:
            found[key(delivery.body)].add(delivery.message)
        return found

    def compare(self, what, found, expected):
        """`expected`: how many distinct messages each key must have."""
        keys = found.keys() | expected.keys()
        off = sorted((str(key), len(found.get(key, ())), expected.get(key, 0)) for key in keys
                     if len(found.get(key, ())) != expected.get(key, 0))
        if off:
            self.wrong(f"{what}: {len(off)} of {len(keys)} are told wrongly; (what, times told, times happened): {off[:5]}")

    def history(self):
        expected = {}
        for guid, (_, closed_by) in self.handles.items():
            expected[guid, 0] = 1
            if closed_by:
                expected[guid, 1] = 1
        self.compare("attempts", self.messages(
            HISTORY, lambda body: (body["GSW_CALL_ATTEMPT_GUID"], body["GSW_HIST_SEQUENCE_NUM"])), expected)

    def processed(self):
        expected = {chain: 1 for chain, (status, _) in self.records.items() if status not in (READY, RETRIEVED)}
        self.compare("contacts processed", self.messages(PROCESSED, lambda body: body["GSW_CHAIN_ID"]), expected)

    def webhook(self):
        found = self.messages(WEBHOOK, lambda body: (body["data"]["GSW_CHAIN_ID"], body["type"]))
        added = {key: messages for key, messages in found.items() if key[1] == "record.added"}
        called = {key: messages for key, messages in found.items() if key[1] == "record.called"}
        self.compare("records added", added, {(chain, "record.added"): 1 for chain in self.records})
        self.compare("records called", called, {(chain, "record.called"): attempt
                                                for chain, (_, attempt) in self.records.items() if attempt})

    def order(self, path, deliveries):
        """The first good delivery of each message: those of one chain in the order in which they were written."""
        last = {}
        seen = set()
        for delivery in deliveries:
            if delivery.message in seen:
                continue
            seen.add(delivery.message)
            chain = delivery.body.get("data", delivery.body)["GSW_CHAIN_ID"]
            if delivery.message < last.get(chain, 0):
                self.wrong(f"{path}: message {delivery.message} of chain {chain} came behind {last[chain]}")
            last[chain] = delivery.message

    def repeats(self, path, deliveries):
        """A message that was taken comes again only where a process died, or the role moved, in between."""
        first = {}
        for delivery in deliveries:
            before = first.setdefault(delivery.message, delivery)
            if before is delivery:
                continue
            if not any(begin <= delivery.arrived and before.arrived <= end for begin, end in self.incidents):
                self.wrong(f"{path}: message {delivery.message} was taken at {before.answered:.3f} and came again at "
                           f"{delivery.arrived:.3f}, and nothing had happened in between")
            first[delivery.message] = delivery
