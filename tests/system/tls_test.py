"""HTTPS with the tools that people have: python's ssl, curl, openssl. Certificates are made here, at run time."""

import os
import pathlib
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import unittest

from harness import BIN, SCALE, SystemTest, eventually, read_response, read_to_end

GOOD = ("POST /lists/Spring_2024?req=AddRecord HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}")


def openssl(folder, *arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Authority:
    """Issues certificates into a folder: NAME.pem and NAME.key."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.name = name
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 90,
                "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def issue(self, name, subject, names=(), rsa=False, ended=False):
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl(self.folder, "req", "-newkey", *kind, "-nodes", "-subj", subject, "-keyout", f"{name}.key", "-out",
                f"{name}.csr")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text("basicConstraints=CA:FALSE\n" +
                              (f"subjectAltName={','.join(f'DNS:{n}' for n in names)}\n" if names else ""))
        if ended:
            self._issue_of_the_past(name, extensions)
        else:
            openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey",
                    f"{self.name}.key", "-CAcreateserial", "-days", 90, "-out", f"{name}.pem", "-extfile", extensions)
        (self.folder / f"{name}.key").chmod(0o600)

    def _issue_of_the_past(self, name, extensions):
        """Only this command of openssl makes, in all versions, what has ended."""
        (self.folder / "index.txt").touch()
        config = self.folder / "ca.cnf"
        config.write_text("[ca]\ndefault_ca=of_tests\n[of_tests]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\n"
                          "default_md=sha256\nunique_subject=no\npolicy=any\n[any]\ncommonName=supplied\n")
        openssl(self.folder, "ca", "-batch", "-notext", "-config", config, "-cert", f"{self.name}.pem", "-keyfile",
                f"{self.name}.key", "-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", extensions, "-startdate",
                "200101000000Z", "-enddate", "200102000000Z")


class TlsTest(SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.pki = pathlib.Path(tempfile.mkdtemp(prefix="outpost-pki-"))
        cls.addClassCleanup(shutil.rmtree, cls.pki, True)
        ca = Authority(cls.pki)
        ca.issue("own", "/CN=localhost", ["localhost"], rsa=True)
        ca.issue("ec", "/CN=localhost", ["localhost"])
        ca.issue("other", "/CN=other.example", ["other.example", "*.wild.example"])
        ca.issue("exact", "/CN=exact", ["exact.wild.example"])
        ca.issue("ivr", "/C=DE/O=Example/CN=ivr")
        ca.issue("guest", "/CN=guest")
        ca.issue("old", "/CN=ivr", ended=True)
        Authority(cls.pki, "strangers").issue("stranger", "/CN=ivr")

    def file(self, name):
        return str(self.pki / name)

    def pair(self, name, **more):
        return {"certificate": self.file(f"{name}.pem"), "key": self.file(f"{name}.key"), **more}

    def listener(self, name="secure", address="127.0.0.1", certificate="own", **more):
        return {"name": name, "address": address, "port": 0, "secure": True, **self.pair(certificate), **more}

    def secure(self, *listeners, certificates=(), **more):
        server = self.outpost(listeners=list(listeners) or [self.listener()], **more)
        server.config["certificates"] = list(certificates)
        server.write_config()
        server.start().apply()
        server.ports = {one["name"]: one["port"] for one in server.status()["proxy"]["listeners"]}
        return server

    def context(self, client=None, version=None):
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        if client:
            context.load_cert_chain(self.file(f"{client}.pem"), self.file(f"{client}.key"))
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def connect(self, server, context=None, name="localhost", listener="secure", **more):
        address = "::1" if listener == "six" else "127.0.0.1"
        peer = socket.create_connection((address, server.ports[listener]), timeout=30 * SCALE)
        self.addCleanup(peer.close)
        secured = (context or self.context()).wrap_socket(peer, server_hostname=name, **more)
        self.addCleanup(secured.close)
        return secured

    def ask(self, peer, phone="+15550100"):
        body = f'{{"GSW_PHONE": "{phone}", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring"}}'
        peer.sendall(GOOD.format(len(body), body).encode())
        return read_response(peer.makefile("rb"))

    def check_service(self, server, **more):
        self.assertEqual(self.ask(self.connect(server, **more)).status, 200)

    def await_failure(self, server, reason):
        server.await_log(re.escape(reason), proxy=True)
        return next(line for line in server.log_text(proxy=True).splitlines() if reason in line)

    def common_name(self, peer):
        return dict(part[0] for part in peer.getpeercert()["subject"])["commonName"]

    # --- Speaking -----------------------------------------------------------------------------------------------

    def test_clear_and_secure_v4_and_v6_at_once(self):
        server = self.secure(self.listener(), {"name": "clear", "address": "127.0.0.1", "port": 0},
                             self.listener("six", "::1"),
                             application={"http-custom-headers": "Strict-Transport-Security: max-age=60"})
        first = self.ask(self.connect(server))
        self.assertEqual(first.status, 200)
        self.assertEqual(first.headers["Strict-Transport-Security"], "max-age=60")
        peer = self.connect(server)
        peer.sendall(b"POST /campaigngroups/201?req=PreviewRecordRequest HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        uri = read_response(peer.makefile("rb")).json["GSW_RECORD_URI"]
        self.assertIn(f":{server.ports['secure']}/records/", uri)
        self.assertTrue(uri.startswith("https://"), uri)
        self.check_service(server, listener="six")
        with socket.create_connection(("127.0.0.1", server.ports["clear"])) as peer:
            self.assertIsNone(self.ask(peer).headers["Strict-Transport-Security"])
        listeners = {one["name"]: one for one in server.status()["proxy"]["listeners"]}
        self.assertTrue(listeners["secure"]["secure"])
        self.assertFalse(listeners["clear"]["secure"])
        self.assertEqual(listeners["six"]["certificates"][0]["subject"], "CN=localhost")
        self.assertRegex(server.ctl("status").stdout, r"certificate CN=localhost, till \d{4}-\d\d-\d\d")

    def test_versions(self):
        server = self.secure(self.listener(), self.listener("new", **{"minimum-version": "1.3"}))
        for listener, spoken in (("secure", ("1.2", "1.3")), ("new", ("1.3",))):
            for version in ("1.0", "1.1", "1.2", "1.3"):
                done = subprocess.run(
                    ["curl", "-sS", "--cacert", self.file("ca.pem"), "--tls-max", version, f"--tlsv{version}",
                     "--ciphers", "DEFAULT:@SECLEVEL=0", "-o", "/dev/null", "-w", "%{http_code}",
                     f"https://localhost:{server.ports[listener]}/"], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode == 0, version in spoken, f"{listener} {version}: {done.stderr}")
        self.await_failure(server, "the client speaks only versions older than TLS 1.2")
        self.await_failure(server, "the client speaks only versions older than TLS 1.3")

    def test_ciphers(self):
        server = self.secure(self.listener(ciphers="TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"))
        with self.connect(server) as peer:
            self.assertEqual(peer.cipher()[:2], ("ECDHE-RSA-CHACHA20-POLY1305", "TLSv1.2"))
        context = self.context(version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        with self.assertRaises(ssl.SSLError):
            self.connect(server, context)
        self.await_failure(server, "no cipher suite, group or signature in common; server name localhost")

    def test_alpn(self):
        server = self.secure()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(version=version)
            context.set_alpn_protocols(["h2", "http/1.1"])
            self.assertEqual(self.connect(server, context).selected_alpn_protocol(), "http/1.1")
            context.set_alpn_protocols(["h2"])
            with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
                self.connect(server, context)
        self.await_failure(server, "the client does not want http/1.1 (ALPN)")

    def test_server_names_choose_the_certificate(self):
        server = self.secure(self.listener(), certificates=[self.pair("other"), self.pair("exact"), self.pair("ec")])
        context = self.context()
        context.check_hostname = False
        for name, expected in (("other.example", "other.example"), ("OTHER.example", "other.example"),
                               ("a.wild.example", "other.example"), ("exact.wild.example", "exact"),
                               ("a.b.wild.example", "localhost"), ("nobody.example", "localhost"), (None, "localhost")):
            with self.connect(server, context, name=name) as peer:
                self.assertEqual(self.common_name(peer), expected, name)
        # Two certificates for one name: the client's signatures choose.
        for suite, expected in (("ECDHE-RSA-AES128-GCM-SHA256", "RSA"), ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDSA")):
            context = self.context(version=ssl.TLSVersion.TLSv1_2)
            context.set_ciphers(suite)
            with self.connect(server, context) as peer:
                self.assertIn(expected, peer.cipher()[0])

    def test_sessions_are_resumed_until_the_policy_changes(self):
        server = self.secure(self.listener(**{"client-certificates": "required", "client-ca": self.file("ca.pem")}))
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            server.config["listeners"][0].pop("client-subjects", None)
            server.write_config()
            server.command("reload")
            context = self.context("guest", version)
            first = self.connect(server, context)
            self.assertEqual(self.ask(first).status, 200)
            session = first.session
            again = self.connect(server, context, session=session)
            self.assertTrue(again.session_reused)
            self.assertEqual(self.ask(again).status, 200)
            # Something else changes: the tickets stay good.
            level = "debug" if version == ssl.TLSVersion.TLSv1_2 else "trace"
            server.config["log"]["level"] = level
            server.write_config()
            server.command("reload")
            self.assertTrue(self.connect(server, context, session=session).session_reused)
            server.config["listeners"][0]["client-subjects"] = "ivr"
            server.write_config()
            server.command("reload")
            with self.assertRaises((ssl.SSLError, ConnectionError, AttributeError)):
                self.ask(self.connect(server, context, session=session)).status
            self.assertEqual(self.ask(again).status, 200)  # who is in stays in

    def test_no_tickets(self):
        server = self.secure(self.listener(**{"ticket-lifetime": 0}))
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(version=version)
            first = self.connect(server, context)
            self.assertEqual(self.ask(first).status, 200)
            if first.session:
                self.assertFalse(first.session.has_ticket)

    # --- Client certificates ------------------------------------------------------------------------------------

    def test_client_certificates(self):
        asked = {"client-ca": self.file("ca.pem"), "client-subjects": "ivr; CN=guest"}
        server = self.secure(self.listener("required", **{"client-certificates": "required", **asked}),
                             self.listener("optional", **{"client-certificates": "optional", **asked}),
                             self.listener("none", **{"client-certificates": "none"}))
        faults = {"own": "has a subject that client-subjects lacks", "stranger": "is not by an issuer of client-ca",
                  "old": "has expired", None: "the client has no certificate, and one is required"}
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for listener in ("required", "optional", "none"):
                for client in ("ivr", "guest", "own", "stranger", "old", None):
                    with self.subTest(version=version, listener=listener, client=client):
                        good = (listener == "none" or client in ("ivr", "guest") or
                                (client is None and listener == "optional"))
                        try:
                            response = self.ask(self.connect(server, self.context(client, version), listener=listener))
                            self.assertTrue(good and response and response.status == 200 or not good and not response)
                        except (ssl.SSLError, ConnectionError):
                            self.assertFalse(good)
        for reason in faults.values():
            self.await_failure(server, reason)

    # --- Misuse -------------------------------------------------------------------------------------------------

    def test_renegotiation_is_refused(self):
        # Counters come with the answers to pings: a third of this time.
        server = self.secure(application={"channel-timeout": 3000})
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['secure']}", "-tls1_2"],
                              input="R\n" * 3, capture_output=True, text=True, timeout=60 * SCALE, check=False)
        self.assertIn("RENEGOTIATING", done.stdout + done.stderr)
        self.assertRegex(done.stderr, "no renegotiation|renegotiation")
        eventually(lambda: server.status()["proxy"]["handshakes"] == 1, "the one handshake is counted")
        self.check_service(server)

    def test_a_key_update_is_answered_with_an_alert_and_a_log_line(self):
        server = self.secure()
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['secure']}", "-tls1_3", "-msg"]
        for update in ("k", "K"):
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True) as client:
                client.stdin.write(f"{update}\n")
                client.stdin.flush()
                output = client.stdout.read()  # until it ends of itself: stdin stays open
            self.assertIn("KeyUpdate", output)
            self.assertRegex(output, r"(?s)<<<.*fatal unexpected_message")
        line = self.await_failure(server, "such as KeyUpdate")
        self.assertRegex(line, r" Int 41044 connection \d+ from 127\.0\.0\.1:\d+ is broken off: the client sent a TLS message")
        eventually(lambda: server.log_text(proxy=True).count("such as KeyUpdate") == 2, "both are told")
        self.check_service(server)

    def test_a_damaged_record_loses_the_answer_and_nothing_else(self):
        server = self.secure(application={"channel-timeout": 3000})
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = self.context(version=version).wrap_bio(incoming, outgoing, server_hostname="localhost")
            with socket.create_connection(("127.0.0.1", server.ports["secure"]), timeout=30 * SCALE) as peer:
                def step(call, *arguments):
                    while True:
                        try:
                            return call(*arguments)
                        except ssl.SSLWantReadError:
                            peer.sendall(outgoing.read())
                            incoming.write(peer.recv(65536))

                step(client.do_handshake)
                client.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                record = bytearray(outgoing.read())
                record[-1] ^= 1
                peer.sendall(record)
                with self.assertRaisesRegex(ssl.SSLError, "(?i)bad.record.mac"):
                    step(client.read)
        self.await_failure(server, "is broken off: a TLS record was changed on its way")
        self.check_service(server)
        eventually(lambda: server.status()["proxy"]["connections"] == 0, "nothing lingers")

    def test_a_record_that_is_refused_within_the_handshake_gets_an_alert(self):
        # TLS 1.2, where such an alert is in clear: over 1.3 the library sends it under keys that the client may have left.
        server = self.secure()
        for record, alert in ((b"GET / HTTP/1.1\r\n\r\n", "decode.error"), (b"\x16\x03\x03\xff\xff", "record.overflow")):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = self.context(version=ssl.TLSVersion.TLSv1_2).wrap_bio(incoming, outgoing, server_hostname="localhost")
            with self.assertRaises(ssl.SSLWantReadError):
                client.do_handshake()
            with socket.create_connection(("127.0.0.1", server.ports["secure"]), timeout=30 * SCALE) as peer:
                peer.sendall(outgoing.read() + record)
                incoming.write(read_to_end(peer))
            with self.assertRaisesRegex(ssl.SSLError, f"(?i){alert}"):
                client.do_handshake()
        # The very first record, whatever version would have been agreed on.
        server.port = server.ports["secure"]
        self.assertRegex(server.raw(b"\x16\x03\x01\xff\xff", finish=False), rb"(?s)^\x15\x03.\x00\x02\x02\x16$")
        self.await_failure(server, "no TLS handshake: the client sent bytes that are no TLS record")
        self.await_failure(server, "no TLS handshake: the client sent a TLS record that is too long")

    def test_targets_of_either_scheme_are_served_over_tls(self):
        # RFC 9110 7.4 asks https for TLS; nothing asks http to go without.
        server = self.secure()
        for scheme, port in (("https", "443"), ("http", "80")):
            peer = self.connect(server)
            peer.sendall(f"GET {scheme}://localhost:{port}/campaigngroups/201?req=CampaignStatusRequest HTTP/1.1\r\n"
                         f"Host: localhost:{port}\r\n\r\n".encode())
            self.assertEqual(read_response(peer.makefile("rb")).status, 200, scheme)

    def test_a_proxy_protocol_header_is_named(self):
        server = self.secure()
        server.port = server.ports["secure"]
        for header in (b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12)):
            self.assertEqual(server.raw(header, finish=False), b"")
        eventually(lambda: server.log_text(proxy=True).count("it begins with a PROXY protocol header") == 2, "both are named")

    def test_http_without_tls_on_a_secure_port(self):
        server = self.secure()
        server.port = server.ports["secure"]
        answer = server.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", finish=False)
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertIn(b"https://", answer)
        self.await_failure(server, "the client speaks HTTP without TLS")

    def test_tls_on_a_clear_port(self):
        server = self.running()
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(506)
        for data in (hello, hello[:1], hello[:5]):
            answer = server.raw(data, finish=False)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
            self.assertIn(b"TLS was spoken to a port that serves HTTP without TLS", answer)

    def test_garbage_half_handshakes_and_silence(self):
        server = self.secure(application={"http-tls-handshake-timeout": 1})
        pid = server.proxy_pid
        server.port = server.ports["secure"]
        for data in (b"\0" * 100, b"\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 70000,
                     b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\x00", b"\x80\x2e\x01\x00\x02", b"\x15\x03\x01\x00\x02\x02\x28",
                     b"\x16\x03\x01\x00\x00" * 100):
            server.raw(data, finish=False)
        # Half a client hello, then nothing: the server ends it.
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        for data in (b"", hello[:50], hello):
            with socket.create_connection(("127.0.0.1", server.port), timeout=30 * SCALE) as peer:
                peer.sendall(data)
                read_to_end(peer)
        self.await_failure(server, "it was not complete after 1000 ms")
        # A reset in the middle.
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.sendall(hello)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.check_service(server)
        self.assertEqual(server.status()["proxy"]["pid"], pid)

    def test_a_server_name_forges_no_log_line(self):
        server = self.secure()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        mark = "forged-line-of-the-log.example"
        client = self.context().wrap_bio(incoming, outgoing, server_hostname=mark)
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        evil = b"\n2026-01-01T00:00:00.000 Std 41"
        hello = outgoing.read().replace(mark.encode(), evil[:len(mark)])
        server.port = server.ports["secure"]
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.sendall(hello)
            peer.shutdown(socket.SHUT_WR)
            read_to_end(peer)
        self.await_failure(server, "no TLS handshake")
        self.assertNotRegex(server.log_text(proxy=True), r"(?m)^2026-01-01T00:00:00")

    # --- Configuration ------------------------------------------------------------------------------------------

    def test_certificates_are_reloaded_under_live_connections(self):
        for suffix in ("pem", "key"):
            shutil.copy(self.file(f"own.{suffix}"), pathlib.Path(self.directory, f"live.{suffix}"))
        certificate, key = (pathlib.Path(self.directory, f"live.{suffix}") for suffix in ("pem", "key"))
        server = self.secure({**self.listener(), "certificate": str(certificate), "key": str(key)})
        context = self.context()
        context.check_hostname = False
        live = self.connect(server, context)
        self.assertEqual(self.ask(live).status, 200)

        # A bad file changes nothing and says why.
        key.chmod(0o644)
        refused = server.ctl("reload", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr, r"outpost\.json:\d+: listeners\[0\]\.key: .*has the mode 0644")
        key.chmod(0o600)
        shutil.copy(self.file("other.pem"), certificate)
        self.assertIn("holds the key of another certificate", server.ctl("reload", check=False).stderr)
        self.assertEqual(self.common_name(self.connect(server, context)), "localhost")

        shutil.copy(self.file("other.key"), key)
        changes = server.ctl("reload").stdout
        self.assertIn("listeners[0].certificate: read again, new content, at once", changes)
        self.assertIn("listeners[0].key: read again, new content, at once", changes)
        fresh = eventually(lambda: self.connect(server, context), "a connection")
        self.assertEqual(self.common_name(fresh), "other.example")
        self.assertEqual(self.ask(live).status, 200)
        self.assertEqual(server.status()["proxy"]["pid"], server.proxy_pid)
        self.assertNotIn("PRIVATE", server.log_text() + server.log_text(proxy=True))

    def test_a_reload_puts_no_expired_certificate_in_the_place_of_another(self):
        self.await_expiry()
        for suffix in ("pem", "key"):
            shutil.copy(self.file(f"own.{suffix}"), pathlib.Path(self.directory, f"live.{suffix}"))
        certificate, key = (pathlib.Path(self.directory, f"live.{suffix}") for suffix in ("pem", "key"))
        server = self.secure({**self.listener(), "certificate": str(certificate), "key": str(key)})
        context = self.context()
        shutil.copy(self.file("old.pem"), certificate)
        shutil.copy(self.file("old.key"), key)
        refused = server.ctl("reload", check=False)
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertRegex(refused.stderr, r"the old one stays:\nlisteners\[0\]\.certificate: .*\"CN=ivr\" has expired on")
        self.assertEqual(self.common_name(self.connect(server, context)), "localhost")

    def test_an_expired_certificate_is_said_at_a_start_and_stops_nobody(self):
        self.await_expiry()
        server = self.secure(self.listener(certificate="old"), {"name": "clear", "address": "127.0.0.1", "port": 0})
        expired = r"listeners\[0\]\.certificate: .*\"CN=ivr\" has expired on"
        server.await_log(expired)
        # It stays as it was: the reload for another reason is done, and says it again.
        server.config["log"]["level"] = "interaction"
        server.write_config()
        done = server.ctl("reload")
        self.assertIn("log.level", done.stdout)
        self.assertRegex(done.stderr, "warning: .*" + expired)
        self.assertEqual(server.stop(), 0)
        done = subprocess.run([BIN / "outpostd", "--config", server.config_path, "--daemon"], capture_output=True,
                              text=True, check=False)
        self.addCleanup(server.ctl, "stop")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "warning: .*" + expired)

    def await_expiry(self):
        """openssl makes no certificate that has expired already, but one that does so at once."""
        config = self.outpost(listeners=[self.listener(certificate="old")]).config_path
        command = [BIN / "outpostd", "--config", config, "--check-config"]
        eventually(lambda: "has expired on" in
                   subprocess.run(command, capture_output=True, text=True, check=True).stderr, "it has expired")

    def test_check_config_names_what_is_wrong(self):
        shutil.copy(self.file("own.key"), pathlib.Path(self.directory, "open.key"))
        pathlib.Path(self.directory, "open.key").chmod(0o640)
        server = self.outpost(listeners=[{**self.listener(), "key": str(pathlib.Path(self.directory, "open.key"))}])
        done = subprocess.run([BIN / "outpostd", "--config", server.config_path, "--check-config"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"listeners\[0\]\.key: .*has the mode 0640.*chmod 600")
        server.config["listeners"] = [self.listener(certificate="old")]
        server.write_config()
        done = subprocess.run([BIN / "outpostd", "--config", server.config_path, "--check-config"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"listeners\[0\]\.certificate: .*\"CN=ivr\" has expired on")


if __name__ == "__main__":
    unittest.main()
