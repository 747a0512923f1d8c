"""A field of a request that nobody declared is never told to be stored: it is reported, refused or carried, as the list or
the application says."""
import json
import unittest

from harness import SystemTest

MISSPELT = {"state": "CA", "GSW_CUSTOMERID": "C1"}
NAMED = "state (is STATE meant?), GSW_CUSTOMERID (is GSW_CUSTOMER_ID meant?)"


class UnknownFields(SystemTest):
    def set_application(self, server, word):
        server.config["application"]["unknown-fields"] = word
        server.write_config()
        server.command("reload")

    def set_list(self, server, word):
        catalogue = json.loads(json.dumps(server.catalogue))
        catalogue["calling-lists"][0]["unknown-fields"] = word
        server.apply(catalogue)

    def stored(self, server):
        return [json.loads(custom or "{}") for custom, in server.rows("SELECT custom FROM records ORDER BY record_id")]

    def test_they_are_reported_when_nothing_else_is_said(self):
        server = self.running()
        answers = [server.add(**MISSPELT, VAR_005="5").json for _ in range(3)]
        for answer in answers:
            self.assertEqual(answer["GSW_UNKNOWN_FIELDS"], NAMED)
            self.assertNotIn("state", answer)
            self.assertNotIn("GSW_CUSTOMERID", answer)
            self.assertEqual(answer["VAR_005"], "5")
        self.assertEqual(self.stored(server), [{"VAR_005": "5"}] * 3)
        self.assertNotIn("GSW_UNKNOWN_FIELDS", server.add().json)
        self.assertEqual(server.status()["requests"]["unknown_fields"], 6)
        self.assertIn("6 unknown fields", server.ctl("status").stdout)
        server.await_log(" 40061 ", times=2)
        lines = [line for line in server.log_text().splitlines() if " 40061 " in line]
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(all(" Std " in line for line in lines), lines)

    def test_the_option_takes_effect_at_once_and_the_lists_own_comes_first(self):
        server = self.running()
        self.set_application(server, "refuse")
        refused = server.add(**MISSPELT)
        self.assertEqual((refused.status, refused.json["GSW_ERROR_NUMBER"]), (400, 104), refused.body)
        self.assertEqual(refused.json["GSW_ERROR"], "there is no field state; is STATE meant?")
        self.assertEqual(self.stored(server), [])

        self.set_list(server, "carry")
        self.assertEqual(server.ctl_json("catalogue")["calling-lists"][0]["unknown-fields"], "carry")
        answer = server.add(**MISSPELT).json
        self.assertEqual({key: answer[key] for key in MISSPELT}, MISSPELT)
        self.assertEqual(self.stored(server), [MISSPELT])
        taken = server.preview().json
        self.assertEqual({key: taken[key] for key in MISSPELT}, MISSPELT)
        handle = taken["GSW_RECORD_HANDLE"]
        server.post(f"/records/{handle}?req=RecordProcessed", {"state": "NY", "Remarks": "said no"})
        self.assertEqual(self.stored(server), [{**MISSPELT, "state": "NY", "Remarks": "said no"}])

        self.set_list(server, "application")
        self.set_application(server, "report")
        self.assertEqual(server.add(**MISSPELT).json["GSW_UNKNOWN_FIELDS"], NAMED)

    def test_a_wrong_word_is_told_what_is_valid(self):
        server = self.running()
        server.config["application"]["unknown-fields"] = "ignore"
        server.write_config()
        refused = server.ctl("reload", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("report, refuse or carry", refused.stderr.replace(", or", " or"))


if __name__ == "__main__":
    unittest.main()
