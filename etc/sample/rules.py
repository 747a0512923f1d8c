#!/usr/bin/env python3
"""A rules service and a reporting service to try Outpost with, in one small server on the loopback.

    rules.py [--port PORT] [--refuse TEXT] [--reports FILE]

POST /validate   what pre-dial-validation asks: 409 with call result 49 for a number that ends in TEXT, else 200 and {}
POST /reports    what send-history, contact-processed-notification and webhooks tell: a line of FILE for each, and 200

It prints the port that it serves on. A real one would keep the numbers of the messages it has taken
(X-Outpost-Message-Id, webhook-id), since a message whose answer was lost comes again.
"""
import argparse
import http.server
import json
import sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--refuse", default="13", help="how numbers end that nobody may call (default: 13)")
parser.add_argument("--reports", help="where reports are written (default: standard output)")
options = parser.parse_args()


class Rules(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        record = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.path == "/validate":
            refused = record["GSW_PHONE"].endswith(options.refuse)
            return self.answer(409 if refused else 200, {"GSW_CALL_RESULT": 49} if refused else {})
        print(json.dumps(record), file=reports, flush=True)
        return self.answer(200, {})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """Silence: what was asked is in the reports."""


reports = open(options.reports, "a", encoding="utf-8") if options.reports else sys.stdout
server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Rules)
print(server.server_address[1], flush=True)
server.serve_forever()
