"""A record's life over HTTP: added, previewed, updated, processed; each step durable and visible in the store."""
import unittest

from harness import SystemTest


class NormalFlow(SystemTest):
    def test_a_record_goes_from_ready_to_updated(self):
        server = self.running()

        added = server.add("+15550100", GSW_PHONE_TYPE="4", STATE="CA", GSW_FROM=0, GSW_UNTIL=86400)
        self.assertEqual(added.status, 200, added.body)
        self.assertEqual(added.headers["Content-Type"], "application/json")
        self.assertEqual(added.headers["Cache-Control"], "no-store")
        chain = added.json["GSW_CHAIN_ID"]
        self.assertEqual(added.json, {
            "GSW_USER_EVENT": "AddRecordAcknowledge", "GSW_APPLICATION_ID": 134, "GSW_CAMPAIGN_NAME": "Spring",
            "GSW_CALLING_LIST": "Spring_2024", "GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_PHONE_TYPE": 4,
            "GSW_RECORD_TYPE": 2, "GSW_RECORD_STATUS": 1, "GSW_CHAIN_ID": chain, "GSW_CHAIN_N": 0,
            "GSW_CALL_RESULT": 28, "GSW_ATTEMPTS": 0, "GSW_FROM": 0, "GSW_UNTIL": 86400, "STATE": "CA"})
        sibling = server.add("+15550101", GSW_CHAIN_ID=str(chain))
        self.assertEqual((sibling.json["GSW_CHAIN_ID"], sibling.json["GSW_CHAIN_N"]), (chain, 1))

        preview = server.preview()
        self.assertEqual((preview.status, preview.json["GSW_USER_EVENT"]), (200, "PreviewRecord"))
        handle = preview.json["GSW_RECORD_HANDLE"]
        self.assertEqual(preview.json["GSW_PHONE"], "+15550100")
        self.assertEqual(preview.json["GSW_TZ_OFFSET"], 0)
        self.assertEqual(len(preview.json["GSW_CALL_ATTEMPT_GUID"]), 32)
        self.assertTrue(preview.json["GSW_RECORD_URI"].endswith(f":{server.port}/records/{handle}"))
        self.assertEqual(server.rows("SELECT record_status, handle FROM records WHERE contact_info='+15550100'"),
                         [(2, handle)])

        update = server.post(f"/records/{handle}?req=UpdateCallCompletionStats", {"GSW_CALL_RESULT": "9", "VAR_005": "x"})
        self.assertEqual((update.status, update.json["GSW_USER_EVENT"]), (200, "UpdateCallCompletionStatsAcknowledge"))
        self.assertEqual(server.rows("SELECT record_status, call_result FROM records WHERE contact_info='+15550100'"),
                         [(2, 9)])

        done = server.post(f"/records/{handle}?req=RecordProcessed", {})
        self.assertEqual((done.status, done.json["GSW_USER_EVENT"]), (200, "RecordProcessedAcknowledge"))
        self.assertEqual(done.json["GSW_RECORD_HANDLE"], handle)
        self.assertEqual(server.rows("SELECT contact_info, record_status, call_result FROM records ORDER BY chain_n"),
                         [("+15550100", 3, 9), ("+15550101", 7, 28)])

        again = server.post(f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": 6})
        self.assertEqual((again.status, again.json["GSW_ERROR_NUMBER"]), (409, 120))
        self.assertEqual(server.rows("SELECT call_result FROM records WHERE contact_info='+15550100'"), [(9,)])

    def test_an_empty_list_gives_an_empty_preview(self):
        server = self.running()
        empty = server.preview()
        self.assertEqual((empty.status, empty.json["GSW_USER_EVENT"]), (200, "PreviewRecordEmpty"))

    def test_a_handle_survives_a_restart_of_the_supervisor(self):
        server = self.running()
        server.add()
        handle = server.preview().json["GSW_RECORD_HANDLE"]
        self.assertEqual(server.stop(), 0)
        server.start()
        done = server.post(f"/records/{handle}?req=RecordProcessed")
        self.assertEqual((done.status, done.json["GSW_USER_EVENT"]), (200, "RecordProcessedAcknowledge"))
        server.add("+15550102")
        self.assertGreater(server.preview().json["GSW_RECORD_HANDLE"], handle)

    def test_an_idempotency_key_makes_one_record_of_two_requests(self):
        server = self.running()
        key = {"Idempotency-Key": "order-4711"}
        first = server.add(headers=key)
        server.kill()
        server.wait()
        server.start()
        second = server.add(headers=key)
        self.assertEqual((first.status, first.json), (second.status, second.json))
        self.assertEqual(server.rows("SELECT count(*) FROM records"), [(1,)])
        other = server.add("+15550199", headers=key)
        self.assertEqual((other.status, other.json["GSW_ERROR_NUMBER"]), (400, 104))
        self.assertIn("Idempotency-Key", other.json["GSW_ERROR"])


if __name__ == "__main__":
    unittest.main()
