"""The option encoding (ocs.md 6.2): keys and values, requests and answers, names of the catalogue and texts of the store.
Clients always speak UTF-8; a character that the encoding lacks is refused and never replaced on the way in."""
import copy
import json
import unittest
import urllib.parse

from harness import CATALOGUE, SystemTest

# (encoding, what it has, what it lacks)
ENCODINGS = [
    ("CP1252", "Müller € “Straße”", "Łukasz"),
    ("KOI8-R", "Пётр Иванов", "Müller"),
    ("SHIFT_JIS", "山田 カタカナ", "Müller"),
    ("ISO-8859-2", "Łukasz Żółć", "Пётр"),
    ("EUC-KR", "김철수", "Müller"),
    ("BIG5", "陳大文", "Müller"),
    ("GB18030", "Łukasz 张伟 Пётр €", None),
]


class Encoding(SystemTest):
    def started(self, encoding, text):
        catalogue = copy.deepcopy(CATALOGUE)
        catalogue["calling-lists"].append(
            {"dbid": 304, "name": text, "tenant": "Resources", "daily-from": 0, "daily-till": 86400,
             "custom-fields": [text, "STATE"]})
        catalogue["campaigns"].append({"dbid": 103, "name": text, "tenant": "Resources",
                                       "lists": [{"list": text, "weight": 1}]})
        catalogue["campaign-groups"].append({"dbid": 206, "name": text, "campaign": text, "state": "Running",
                                             "mode": "Preview"})
        server = self.outpost(application={"encoding": encoding}).start()
        server.catalogue = catalogue
        server.apply()
        return server

    def add(self, server, text, **attributes):
        return server.post(f"/lists/{urllib.parse.quote(text)}?req=AddRecord",
                           {"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": text, **attributes})

    def check_round_trip(self, server, text):
        added = self.add(server, text, **{text: text, "STATE": text})
        self.assertEqual(added.status, 200, added.body)
        self.assertEqual({key: added.json[key] for key in ("GSW_CALLING_LIST", "GSW_CAMPAIGN_NAME", text, "STATE")},
                         {"GSW_CALLING_LIST": text, "GSW_CAMPAIGN_NAME": text, text: text, "STATE": text})
        self.assertEqual(json.loads(server.rows("SELECT custom FROM records")[0][0]), {text: text, "STATE": text})
        preview = server.preview(206)
        self.assertEqual((preview.status, preview.json[text], preview.json["STATE"]), (200, text, text), preview.body)
        self.assertEqual(preview.json["GSW_CALLING_LIST"], text)
        handle = preview.json["GSW_RECORD_HANDLE"]
        update = server.post(f"/records/{handle}?req=UpdateCallCompletionStats", {text: text + "2"})
        self.assertEqual(update.status, 200, update.body)
        self.assertEqual(json.loads(server.rows("SELECT custom FROM records")[0][0])[text], text + "2")
        self.assertIn("+15550100", server.ctl("records", text).stdout)

    def check_refused(self, server, text, foreign):
        for attributes in ({"STATE": foreign}, {foreign: "x"}, {"GSW_AGENT_ID": foreign}):
            answer = self.add(server, text, **attributes)
            self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (400, 104), answer.body)
        answer = self.add(server, foreign)
        self.assertEqual((answer.status, answer.json["GSW_ERROR_NUMBER"]), (400, 104), answer.body)
        self.assertEqual(server.rows("SELECT COUNT(*) FROM records"), [(1,)])
        # The client's own reference never left UTF-8, so it comes back whatever it is.
        answer = self.add(server, text, STATE=foreign, GSW_REFERENCE_ID=foreign)
        self.assertEqual(answer.json["GSW_REFERENCE_ID"], foreign)

    def test_each_encoding(self):
        for encoding, text, foreign in ENCODINGS:
            with self.subTest(encoding):
                self.setUp()
                server = self.started(encoding, text)
                self.check_round_trip(server, text)
                if foreign:
                    self.check_refused(server, text, foreign)
                self.assertEqual(server.stop(), 0)

    def test_what_the_store_holds_and_the_encoding_lacks_is_answered_and_kept(self):
        server = self.started("", "Łukasz")
        self.assertEqual(self.add(server, "Łukasz", STATE="Пётр").status, 200)
        server.stop()
        server.config["application"]["encoding"] = "CP1252"
        server.write_config()
        server.start()
        preview = server.preview(206)
        self.assertEqual((preview.status, preview.json["GSW_USER_EVENT"]), (200, "PreviewRecord"), preview.body)
        self.assertNotIn("Пётр", preview.body.decode())
        self.assertEqual(json.loads(server.rows("SELECT custom FROM records")[0][0])["STATE"], "Пётр")

    def test_utf_8_is_not_converted_but_validated(self):
        server = self.started("UTF-8", "Łukasz")
        self.assertEqual(self.add(server, "Łukasz", STATE="Пётр").json["STATE"], "Пётр")
        answer = server.post("/lists/Spring_2024?req=AddRecord", b'{"GSW_PHONE":"+1","STATE":"\xff"}')
        self.assertEqual(answer.status, 400)

    def test_an_unknown_encoding_is_an_alarm_and_no_reason_not_to_start(self):
        server = self.started("no-such-charset", "Łukasz")
        self.assertEqual(self.add(server, "Łukasz", STATE="Пётр").json["STATE"], "Пётр")
        server.await_log("Std 41012 encoding: ", proxy=True)


if __name__ == "__main__":
    unittest.main()
