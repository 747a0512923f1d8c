"""The clients of etc/clients: each adds one record over a server that is busy and a connection that breaks, takes it and
reports its result."""
import http.client
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import threading
import unittest

from harness import SCALE, SharedServerTest
from regions import Region, catalogue

CLIENTS = pathlib.Path(__file__).resolve().parents[2] / "etc" / "clients"


class Relay(http.server.ThreadingHTTPServer):
    """Passes requests on, but for the first two AddRecords: one is told that the server is busy, one is passed on and the
    connection breaks before its answer."""

    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), Passing)
        self.target_port = port
        self.adds = []  # the Idempotency-Key of each


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        adds = "AddRecord" in self.path
        if adds:
            self.server.adds.append(self.headers["Idempotency-Key"])
            if len(self.server.adds) == 1:
                return self.answer(503, b'{"GSW_USER_EVENT":"Error","GSW_ERROR_NUMBER":134,"GSW_ERROR":"busy"}',
                                   ("Retry-After", "0"))
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.target_port, timeout=30 * SCALE)
        upstream.request("POST", self.path, body, {"Idempotency-Key": self.headers["Idempotency-Key"]})
        answer = upstream.getresponse()
        text = answer.read()
        upstream.close()
        if adds and len(self.server.adds) == 2:
            self.close_connection = True
            return None
        return self.answer(answer.status, text)

    def answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


class Clients(SharedServerTest):
    catalogue = catalogue(6)

    def run_client(self, *command):
        relay = Relay(self.server.port)
        thread = threading.Thread(target=relay.serve_forever, args=(0.05,))
        thread.start()
        try:
            environment = {**os.environ, "OUTPOST_URL": f"http://127.0.0.1:{relay.server_address[1]}"}
            return relay, subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120 * SCALE,
                                         check=False)
        finally:
            relay.shutdown()
            thread.join()
            relay.server_close()

    def check(self, number, *command):
        region = Region(number)
        phone = f"+1555020{number}"
        relay, done = self.run_client(*command, region.list, str(region.group), phone)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = re.fullmatch(r"added: chain (\d+)\npreview: handle (\d+), phone (\S+)\nprocessed: handle \2\n",
                            done.stdout)
        self.assertTrue(told, done.stdout)
        self.assertEqual(told.group(3), phone)
        self.assertEqual(len(relay.adds), 3)
        self.assertEqual(len(set(relay.adds)), 1, "one key for all tries")
        self.assertEqual(self.server.rows("SELECT chain_id, record_status, call_result FROM records WHERE list_dbid=?",
                                          region.list_dbid), [(int(told.group(1)), 3, 33)])

    def program(self, name):
        found = shutil.which(name)
        if not found:
            self.skipTest(f"{name} is not installed")
        return found

    def test_curl(self):
        self.check(0, CLIENTS / "client.sh")

    def test_python(self):
        self.check(1, "python3", CLIENTS / "client.py")

    def test_node(self):
        node = self.program("node")
        version = output_of(node, "--version")
        if int(re.match(r"v(\d+)", version).group(1)) < 18:
            self.skipTest(f"Node.js 18 has fetch, and this is {version}")
        self.check(2, node, CLIENTS / "client.mjs")

    def test_java(self):
        java = self.program("java")
        if "jdk.compiler" not in output_of(java, "--list-modules"):
            self.skipTest("java is a runtime without a compiler, which running a source file takes")
        self.check(3, java, CLIENTS / "Client.java")

    def test_php(self):
        self.check(4, self.program("php"), CLIENTS / "client.php")

    def test_what_is_refused_is_told_and_not_tried_again(self):
        for command in ((CLIENTS / "client.sh",), ("python3", CLIENTS / "client.py")):
            with self.subTest(command=command):
                relay, done = self.run_client(*command, "No such list", "3005", "+15550299")
                self.assertEqual(done.returncode, 1)
                self.assertIn("no calling list has this name", done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertEqual(len(relay.adds), 3)


if __name__ == "__main__":
    unittest.main()
