"""The checker of what is told finds each kind of fault: a judge that never condemns is none."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from moody_receiver import Delivery  # noqa: E402
from told import HISTORY, PROCESSED, WEBHOOK, Check  # noqa: E402

GUID = "0" * 32


def delivery(path, message, body, arrived, answer=200):
    return Delivery(path, message, body, arrived, answer, arrived + 0.1)


def history(message, sequence, arrived, **more):
    return delivery(HISTORY, message, {"GSW_CALL_ATTEMPT_GUID": GUID, "GSW_HIST_SEQUENCE_NUM": sequence,
                                       "GSW_CHAIN_ID": 5}, arrived, **more)


def hook(message, event, arrived):
    return delivery(WEBHOOK, message, {"type": event, "data": {"GSW_CHAIN_ID": 5}}, arrived)


GOOD = [hook(1, "record.added", 0), history(2, 0, 1), history(3, 1, 2),
        delivery(PROCESSED, 4, {"GSW_CHAIN_ID": 5}, 2), hook(5, "record.called", 3)]


class TheChecker(unittest.TestCase):
    def judge(self, deliveries, left=(), incidents=()):
        answers = {"FROM handles": [(7, GUID, "RecordProcessed")], "FROM records": [(5, 3, 1)], "FROM outbox": list(left)}
        rows = lambda sql: next(found for table, found in answers.items() if table in sql)  # noqa: E731
        return Check(deliveries, rows, incidents).all()

    def assert_finds(self, text, *arguments, **more):
        found = self.judge(*arguments, **more)
        self.assertEqual(len(found), 1, found)
        self.assertIn(text, found[0])

    def test_is_content_with_what_was_told_once_and_in_order(self):
        self.assertEqual(self.judge(GOOD), [])

    def test_finds_what_was_never_told(self):
        for missing, text in ((0, "records added"), (1, "attempts"), (2, "attempts"), (3, "contacts"), (4, "records called")):
            self.assert_finds(text, GOOD[:missing] + GOOD[missing + 1:])

    def test_does_not_count_what_was_answered_otherwise(self):
        self.assert_finds("attempts", [*GOOD[:1], history(2, 0, 1, answer=500), *GOOD[2:]])

    def test_finds_what_never_happened(self):
        self.assert_finds("contacts", [*GOOD, delivery(PROCESSED, 6, {"GSW_CHAIN_ID": 99}, 4)])

    def test_finds_what_was_told_in_two_messages(self):
        self.assert_finds("records called", [*GOOD, hook(6, "record.called", 4)])

    def test_finds_a_chain_out_of_order(self):
        self.assert_finds("came behind", [GOOD[0], history(3, 1, 1), history(2, 0, 2), *GOOD[3:]])

    def test_finds_a_repeat_without_a_reason(self):
        again = [*GOOD, history(3, 1, 9)]
        self.assert_finds("came again", again)
        self.assertEqual(self.judge(again, incidents=[(3, 4)]), [])

    def test_finds_what_is_left(self):
        self.assert_finds("still has", GOOD, left=[("history", 1, "status 500")])


if __name__ == "__main__":
    unittest.main()
