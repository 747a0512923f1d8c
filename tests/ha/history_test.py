"""The checker of histories on histories made by hand: a good one passes, and each kind of fault is found."""
import copy
import unittest

import history


def attempt(sent, done, outcome="200", by="a"):
    return {"sent": sent, "done": done, "outcome": outcome, "by": by if outcome.isdigit() else None}


def add(serial, *attempts, chain=None):
    operation = {"op": "add", "key": f"k{serial}", "seq": f"s{serial}", "phone": f"+{serial}", "attempts": list(attempts)}
    if chain is not None:
        operation["answer"] = {"chain": chain}
    return operation


def record(number, status=1, kind=2, result=28, attempts=0, handle=0):
    return {"record_id": number, "chain_id": number, "seq": f"s{number}", "phone": f"+{number}", "status": status,
            "type": kind, "result": result, "attempt": attempts, "handle": handle}


def preview(serial, handle=None, chain=None, outcome="200", begin=10):
    operation = {"op": "preview", "key": f"p{serial}", "agent": f"agent{serial}",
                 "attempts": [attempt(begin, begin + 1, outcome)]}
    if outcome == "200":
        operation["answer"] = {"handle": handle, "chain": chain}
    return operation


def simple(op, key, acknowledged=True, **more):
    operation = {"op": op, "key": key, "attempts": [attempt(20, 21, "200" if acknowledged else "reset")], **more}
    if acknowledged:
        operation["answer"] = {}
    return operation


def handle_row(handle, record_id, agent, closed_by=""):
    return {"handle": handle, "record_id": record_id, "agent": agent, "closed_by": closed_by}


def good():
    """Six records: waiting, processed, rescheduled, held, cancelled, and one that nobody knows of; an entry; two epochs."""
    events = [
        {"op": "epoch", "epoch": 1, "holder": "a", "seen": 0},
        {"op": "epoch", "epoch": 2, "holder": "b", "seen": 100},
        *(add(n, attempt(n, n + 1), chain=n) for n in range(1, 6)),
        add(6, attempt(6, 7, "reset")),
        add(7, attempt(6, 7, "refused")),
        add(8, attempt(6, 7, "timeout"), attempt(8, 9, "reset"), attempt(101, 102, by="b"), chain=8),
        preview(1, 11, 2), preview(2, 12, 3), preview(3, 13, 4), preview(4), preview(5, outcome="reset"),
        simple("processed", "c1", handle=11), simple("reschedule", "c2", acknowledged=False, handle=12),
        simple("cancel", "x1", phone="+5"), simple("cancel", "x2", acknowledged=False, phone="+1"),
        simple("dnc", "d1", phone="+900"), simple("dnc", "d2", acknowledged=False, phone="+901"),
    ]
    stored = history.Stored(
        [record(1), record(2, status=3, attempts=1), record(3, kind=6, attempts=1), record(4, status=2, handle=13),
         record(5, status=5, result=52), record(6), record(8)],
        [handle_row(11, 2, "agent1", "RecordProcessed"), handle_row(12, 3, "agent2", "RecordReschedule"),
         handle_row(13, 4, "agent3")],
        ["+900", "+901"], 2)
    return events, stored


class History(unittest.TestCase):
    def setUp(self):
        self.events, self.stored = copy.deepcopy(good())

    def operation(self, key):
        return next(event for event in self.events if event.get("key") == key)

    def row(self, number):
        return next(row for row in self.stored.records if row["record_id"] == number)

    def handle(self, number):
        return next(row for row in self.stored.handles if row["handle"] == number)

    def assert_finds(self, *sentences):
        found = history.check(self.events, self.stored)
        for sentence in sentences:
            self.assertTrue(any(sentence in violation for violation in found), (sentence, found))
        self.assertTrue(found)

    def test_a_good_history_passes(self):
        self.assertEqual(history.check(self.events, self.stored), [])

    def test_unanswered_effects_may_be_there_or_not(self):
        self.stored.records = [row for row in self.stored.records if row["record_id"] != 6]
        self.stored.do_not_call.remove("+901")
        self.assertEqual(history.check(self.events, self.stored), [])

    def test_outcomes_are_counted(self):
        counts = history.summary(self.events)
        self.assertEqual((counts["refused"], counts["timeout"]), (1, 1))

    def test_lost_record(self):
        self.stored.records.remove(self.row(8))
        self.assert_finds("an acknowledged record is lost: k8")

    def test_record_twice(self):
        self.stored.records.append({**record(9), "seq": "s8"})
        self.assert_finds("a record is there twice: k8")

    def test_record_twice_of_an_unanswered_request(self):
        self.stored.records.append({**record(9), "seq": "s6"})
        self.assert_finds("a record is there twice: k6")

    def test_record_of_nobody(self):
        self.stored.records.append(record(77))
        self.assert_finds("a record that nobody sent: s77")

    def test_record_of_a_refused_connection(self):
        self.stored.records.append(record(7))
        self.assert_finds("a record of a request that was never sent: k7")

    def test_answer_that_names_another_chain(self):
        self.operation("k1")["answer"]["chain"] = 99
        self.assert_finds("another chain than was answered: k1")

    def test_lost_handle(self):
        self.stored.handles.remove(self.handle(13))
        self.assert_finds("a handle that was given out is lost: p3")

    def test_handle_twice(self):
        self.events.append(preview(9, 13, 4))
        self.assert_finds("a handle was given out twice: 13", "a record was handed to two holders: chain 4")

    def test_record_to_two_holders(self):
        self.events.append(preview(9, 14, 4))
        self.stored.handles.append(handle_row(14, 4, "agent9"))
        self.assert_finds("a record was handed to two holders: chain 4", "two handles were opened on a record: record 4")

    def test_record_opened_twice_behind_an_unanswered_preview(self):
        self.stored.handles.append(handle_row(14, 4, "agent5"))
        self.assert_finds("two handles were opened on a record: record 4")

    def test_preview_repeated_took_two(self):
        self.stored.handles.append(handle_row(14, 1, "agent3"))
        self.assert_finds("one preview opened two handles: p3")

    def test_handle_of_another_agent(self):
        self.handle(13)["agent"] = "agent4"
        self.assert_finds("a handle is another's than was answered: p3")

    def test_lost_end_of_a_handle(self):
        self.handle(11)["closed_by"] = ""
        self.assert_finds("an acknowledged end of a handle is lost: c1", "an open handle whose record is not retrieved")

    def test_end_applied_twice(self):
        self.row(2)["attempt"] = 2
        self.assert_finds("a record is not as its handle's end left it: c1")

    def test_end_that_nobody_sent(self):
        self.handle(13)["closed_by"] = "RecordProcessed"
        self.assert_finds("a handle was ended by a request that nobody sent")

    def test_lost_entry(self):
        self.stored.do_not_call.remove("+900")
        self.assert_finds("an acknowledged do-not-call entry is not there once: d1")

    def test_entry_of_nobody(self):
        self.stored.do_not_call.append("+902")
        self.assert_finds("a do-not-call entry that nobody sent: +902")

    def test_lost_cancel(self):
        self.row(5)["status"] = 1
        self.assert_finds("an acknowledged cancel is lost: x1")

    def test_cancelled_by_nobody(self):
        self.row(8).update(status=5, result=52)
        self.assert_finds("a record was cancelled by nobody")

    def test_two_holders_of_an_epoch(self):
        self.events.append({"op": "epoch", "epoch": 2, "holder": "a", "seen": 101})
        self.assert_finds("an epoch has two holders: 2")

    def test_epoch_that_falls(self):
        self.events.append({"op": "epoch", "epoch": 1, "holder": "a", "seen": 101})
        self.assert_finds("the epoch fell")

    def test_epoch_that_is_lower_at_the_end(self):
        self.stored.epoch = 1
        self.assert_finds("the epoch fell: 2, 1")

    def test_two_operations_under_a_key(self):
        self.events.append(add(1, attempt(1, 2), chain=1))
        self.assert_finds("the history itself is wrong")

    def writes(self, *answers):
        """Adds in a row, as (sent, done, by); all are in the store."""
        for number, (sent, done, by) in enumerate(answers, 50):
            self.events.append(add(number, attempt(sent, done, by=by), chain=number))
            self.stored.records.append(record(number))

    def test_write_after_the_takeover_was_seen(self):
        self.writes((100.5, 100.6, "a"))
        self.assert_finds("a write by a supervisor that had lost the lease: k50")

    def test_write_that_began_before_the_takeover_was_seen_is_good(self):
        self.writes((99.9, 100.6, "a"), (99.95, 100.1, "b"))
        self.assertEqual(history.check(self.events, self.stored), [])

    def test_write_after_the_other_one_answered(self):
        """Seen by the clients alone: the watcher of the lease saw the takeover only later."""
        self.writes((98, 98.1, "b"), (98.2, 98.3, "a"))
        self.assert_finds("a write by a supervisor that had lost the lease: k51")

    def test_one_that_got_the_lease_back_may_write(self):
        self.events.append({"op": "epoch", "epoch": 3, "holder": "a", "seen": 200})
        self.stored.epoch = 3
        self.writes((101, 102, "b"), (199, 201, "a"), (202, 203, "a"))
        self.assertEqual(history.check(self.events, self.stored), [])

    def test_and_not_the_other_one_afterwards(self):
        self.events.append({"op": "epoch", "epoch": 3, "holder": "a", "seen": 200})
        self.stored.epoch = 3
        self.writes((199, 199.5, "a"), (199.6, 199.7, "b"))
        self.assert_finds("a write by a supervisor that had lost the lease: k51")

    def test_an_epoch_that_nobody_saw_may_be_anybodys(self):
        self.events.append({"op": "epoch", "epoch": 4, "holder": "b", "seen": 200})
        self.stored.epoch = 4
        self.writes((150, 151, "a"))
        self.assertEqual(history.check(self.events, self.stored), [])


if __name__ == "__main__":
    unittest.main()
