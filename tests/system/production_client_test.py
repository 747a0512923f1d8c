"""The known production client (ocs.md 2.1): every value a string, unset fields null, pretty-printed over many lines, no
JSON content type, Accept: text/plain. Guards must-not list 9.2, 8."""
import unittest

from harness import SystemTest

BODY = """{
  "GSW_PHONE" : "+15550142",
  "GSW_PHONE_TYPE" : "2",
  "GSW_TZ_NAME" : "PST",
  "GSW_CAMPAIGN_NAME" : "Spring",
  "GSW_RECORD_TYPE" : "2",
  "GSW_RECORD_STATUS" : "1",
  "GSW_DATE_TIME" : null,
  "GSW_AGENT_ID" : null,
  "GSW_FROM" : "28800",
  "GSW_UNTIL" : "64800",
  "STATE" : "CA",
  "CONTACT_LAST_NAME" : "O'Neill-Łukasiewicz",
  "CONTACT_FST_NAME" : "Zoë",
  "client-id" : "00042",
  "VAR_005" : null
}
"""


class ProductionClient(SystemTest):
    def test_its_request_is_understood_and_its_answer_readable(self):
        server = self.running()
        connection = server.connect()
        connection.putrequest("POST", "/lists/Spring_2024?req=AddRecord", skip_accept_encoding=True)
        body = BODY.encode()
        connection.putheader("Accept", "text/plain")
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        text = answer.read().decode()
        self.assertIn('"GSW_USER_EVENT":"AddRecordAcknowledge"', text)
        connection.close()
        self.assertEqual(
            server.rows("SELECT contact_info, contact_info_type, record_type, record_status, daily_from, daily_till,"
                        " agent_id, json_extract(custom, '$.CONTACT_LAST_NAME'), json_extract(custom, '$.\"client-id\"'),"
                        " json_extract(custom, '$.VAR_005') FROM records"),
            [("+15550142", 2, 2, 1, 28800, 64800, "", "O'Neill-Łukasiewicz", "00042", None)])


if __name__ == "__main__":
    unittest.main()
