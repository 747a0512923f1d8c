"""What is told goes to real servers: nginx over TLS and HTTP/2, HAProxy in front of a receiver that is down, openssl s_server that
nobody should trust, tinyproxy between."""

import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from courier import PATIENT, await_port, held_port
from harness import Outbound, eventually, sanitizer_findings
from tls_test import Authority

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "ha"))

from moody_receiver import MoodyReceiver  # noqa: E402

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
TINYPROXY = shutil.which("tinyproxy")


class ToldPeers(unittest.TestCase):
    """A webhook named `peer` for each test; what it is told is awaited at a receiver behind the peer."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outpost-told-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.receiver = MoodyReceiver(0, bad=0)
        self.addCleanup(self.receiver.close)
        authority = Authority(self.folder)
        authority.issue("good", "/CN=localhost", ["localhost"])
        Authority(self.folder, "strangers").issue("stranger", "/CN=localhost", ["localhost"])

    def told_over(self, url, **client):
        """A supervisor whose webhook goes to the URL, and a record that was added."""
        (self.folder / "server").mkdir()
        server = Outbound(self.folder / "server")
        server.config["http-client"] = [{"name": "default", **PATIENT, "ca": str(self.folder / "ca.pem"), **client}]
        server.config["webhooks"] = [{"name": "peer", "url": url, "events": "record.added"}]
        server.write_config()
        self.addCleanup(self.finish, server)
        server.start()
        server.apply()
        self.assertEqual(server.add().status, 200)
        return server

    def finish(self, server):
        server.close()
        self.assertEqual(sanitizer_findings((server.directory / "stderr.txt").read_text(errors="replace")), [])

    def program(self, *command):
        log = open(self.folder / "peer.txt", "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def await_told(self, server, count=1):
        eventually(lambda: len(self.receiver.deliveries) >= count, "the receiver was told")
        eventually(lambda: server.rows("SELECT count(*) FROM outbox") == [(0,)], "the outbox is empty")
        self.assertEqual([delivery.body["type"] for delivery in self.receiver.deliveries], ["record.added"] * count)

    def problem(self, server):
        return eventually(lambda: [text for (text,) in server.rows("SELECT problem FROM outbox WHERE attempts > 0")],
                          "an attempt has failed")[0]

    @unittest.skipUnless(NGINX, "nginx is not installed: scripts/setup courier")
    def test_nginx_over_tls_and_http2(self):
        port = held_port(self)
        (self.folder / "nginx.conf").write_text(f"""
            daemon off; worker_processes 1; error_log stderr; pid {self.folder}/nginx.pid;
            events {{ worker_connections 64; }}
            http {{
              access_log {self.folder}/access.txt; client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
              fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
              server {{
                listen 127.0.0.1:{port} ssl http2; server_name localhost;
                ssl_certificate {self.folder}/good.pem; ssl_certificate_key {self.folder}/good.key;
                location / {{ proxy_pass http://127.0.0.1:{self.receiver.port}; }}
              }}
            }}""")
        self.program(NGINX, "-p", str(self.folder), "-c", "nginx.conf")
        await_port(port)
        server = self.told_over(f"https://localhost:{port}/hook")
        self.await_told(server)
        self.assertEqual(self.receiver.deliveries[0].path, "/hook")
        eventually(lambda: "POST /hook HTTP/2.0" in (self.folder / "access.txt").read_text(), "nginx was spoken HTTP/2 to")

    @unittest.skipUnless(HAPROXY, "haproxy is not installed: scripts/setup metrics")
    def test_haproxy_in_front_of_a_receiver_that_is_down_for_a_while(self):
        port, behind = held_port(self), held_port(self)
        configuration = self.folder / "haproxy.cfg"

        def serve(there):
            configuration.write_text(f"""
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:{port}
  default_backend out
backend out
  server one 127.0.0.1:{there}
""")
            process = self.program(HAPROXY, "-db", "-f", configuration)
            await_port(port)
            return process

        haproxy = serve(behind)  # nobody listens there: HAProxy answers 503
        server = self.told_over(f"http://127.0.0.1:{port}/hook")
        self.assertIn("503", self.problem(server))
        haproxy.send_signal(signal.SIGKILL)
        haproxy.wait()
        serve(self.receiver.port)
        server.ctl("outbox", "retry", "webhook:peer")
        self.await_told(server)

    def test_an_s_server_that_nobody_issued_a_certificate_for(self):
        port = held_port(self)
        refused = self.program("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(self.folder / "stranger.pem"),
                               "-key", str(self.folder / "stranger.key"), "-quiet")
        await_port(port)
        server = self.told_over(f"https://localhost:{port}/hook")
        self.assertRegex(self.problem(server), "(?i)certificate|tls")
        self.assertEqual(self.receiver.deliveries, [])
        refused.kill()

    @unittest.skipUnless(TINYPROXY, "tinyproxy is not installed: scripts/setup courier")
    def test_tinyproxy_between(self):
        port = held_port(self)
        (self.folder / "tinyproxy.conf").write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 10\nAllow 127.0.0.1\n")
        self.program(TINYPROXY, "-d", "-c", self.folder / "tinyproxy.conf")
        await_port(port)
        server = self.told_over(self.receiver.url("/hook"), **{"http-proxy": f"http://127.0.0.1:{port}"})
        self.await_told(server)


if __name__ == "__main__":
    unittest.main()
