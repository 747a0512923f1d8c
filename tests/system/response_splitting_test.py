"""No value that a user configures or stores, and none that a request brings, becomes a line of a response's head."""
import json
import unittest

from harness import CATALOGUE, SystemTest

EVIL = "x\r\nSet-Cookie: a=b\r\n\r\n<html>"
ENDS = ("\r\n", "\n", "\r", "\0", "\u2028", "\x85")
OURS = {"date", "content-type", "content-length", "cache-control", "connection", "allow", "retry-after", "x-frame-options",
        "content-security-policy", "location"}


class ResponseSplitting(SystemTest):
    def check(self, answer, what):
        """Exactly one response, whose head has no line but ours and no control byte."""
        head, body = answer.split(b"\r\n\r\n", 1)
        first, *lines = head.split(b"\r\n")
        self.assertRegex(first, rb"^HTTP/1\.1 \d{3} [A-Za-z -]+$", what)
        length = None
        for line in lines:
            name, _, value = line.partition(b": ")
            self.assertIn(name.lower().decode("latin-1"), OURS, what)
            self.assertNotRegex(value, rb"[\x00-\x1f\x7f]", what)
            if name == b"Content-Length":
                length = int(value)
        self.assertEqual(len(body), length or 0, what)
        return body

    def raw(self, target, body=b"", fields=b""):
        return self.server.raw(b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s" %
                               (target, len(body), fields, body))

    def test_configured_headers(self):
        for end in ENDS:
            value = f"X-Frame-Options: DENY{end}Set-Cookie: a=b|Content-Security-Policy: a{end}{end}<html>"
            server = self.outpost(application={"http-custom-headers": value})
            server.start(wait=False)
            if end in ("\0", "\x85", "\u2028"):  # a control byte is an error of the configuration, the others are text
                try:
                    server.await_proxy()
                except AssertionError:
                    continue
            else:
                server.await_proxy()
            self.server = server
            self.check(self.raw(b"/nothing/1?req=x"), (end, "refused"))
            self.check(server.raw(b"garbage\r\n\r\n"), (end, "garbage"))
            server.stop()
            server.close()

    def test_stored_texts(self):
        catalogue = json.loads(json.dumps(CATALOGUE))
        self.server = self.outpost().start()
        for end in ENDS:
            changed = json.loads(json.dumps(catalogue))
            changed["calling-lists"].append({"dbid": 901, "name": f"L{end}X: y", "tenant": "Resources", "daily-from": 0,
                                             "daily-till": 86400, "custom-fields": [f"F{end}X: y"]})
            changed["campaigns"].append({"dbid": 902, "name": f"C{end}X: y", "tenant": "Resources",
                                         "description": f"D{end}X: y", "lists": [{"list": f"L{end}X: y", "weight": 1}]})
            changed["campaign-groups"].append({"dbid": 903, "name": f"G{end}X: y", "campaign": f"C{end}X: y",
                                               "state": "Running", "mode": "Preview"})
            path = self.server.directory / "evil.json"
            path.write_text(json.dumps(changed))
            applied = self.server.ctl("apply", str(path), check=False).returncode == 0
            target = "/lists/" + "".join(f"%{byte:02X}" for byte in f"L{end}X: y".encode())
            body = json.dumps({"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": f"C{end}X: y",
                               f"F{end}X: y": EVIL}).encode()
            self.check(self.raw(target.encode() + b"?req=AddRecord", body), (end, "add", applied))
            for request in (b"CampaignStatusRequest", b"PreviewRecordRequest"):
                self.check(self.raw(b"/campaigngroups/903?req=" + request, b"{}"), (end, request, applied))

    def test_records_and_requests(self):
        self.server = self.running()
        body = json.dumps({"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring", "STATE": EVIL,
                           "CONTACT_LAST_NAME": EVIL, "GSW_AGENT_ID": EVIL, "GSW_REFERENCE_ID": EVIL, EVIL: EVIL}).encode()
        self.check(self.raw(b"/lists/Spring_2024?req=AddRecord", body), "add")
        csv = self.server.directory / "evil.csv"
        csv.write_text('contact_info,tz_name,STATE\n+15550177,GMT,"x\r\nSet-Cookie: a=b\r\n\r\n"\n', newline="")
        self.server.ctl("import", "Spring_2024", str(csv), check=False)
        for _ in range(3):
            self.check(self.raw(b"/campaigngroups/201?req=PreviewRecordRequest", b"{}"), "preview")
        quoted = b"".join(b"%%%02X" % byte for byte in EVIL.encode())
        for target in (b"/lists/" + quoted + b"?req=AddRecord", b"/lists/a?req=" + quoted, b"/" + quoted + b"/1",
                       b"/lists/a?req=AddRecord&tenant=" + quoted, b"/lists/a?" + quoted + b"=1", b"/records/" + quoted):
            self.check(self.raw(target, b"{}"), target)
        for fields in (b"Accept: text/html\r\n", b"Accept: text/plain\r\n"):
            self.check(self.raw(b"/lists/" + quoted + b"?req=AddRecord", body, fields), fields)
        for phone in (EVIL, "+1555\r\nX: y"):
            self.check(self.raw(b"/lists/Spring_2024?req=AddRecord", json.dumps({"GSW_PHONE": phone}).encode()), phone)


if __name__ == "__main__":
    unittest.main()
