"""Both logs: header, stable links, attribute blocks that the known parser reads (ocs.md 8), nothing forged, rotation
under load without a lost or torn line."""
import re
import signal
import threading
import unittest

from harness import SystemTest, eventually

STAMP = re.compile(r"^(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d\.\d{3} ?")
STANDARD = re.compile(r"^(Std|Int|Trc|Dbg) \d{5} .+$")
ATTRIBUTE = re.compile(r"^\t+'([^']+)'\s+(?:'(.*)'|(-?\d+))$")


def parse(text):
    """The parser's rules: header up to one empty line, then stamped messages and blocks. Returns (messages, blocks)."""
    header, body = text.split("\n\n", 1)
    assert header.splitlines()[0].startswith("Application name: "), header
    messages, blocks, block = [], [], None
    for line in body.splitlines():
        attribute = ATTRIBUTE.match(line)
        if attribute and block is not None:
            block["attributes"][attribute.group(1)] = attribute.group(2) or attribute.group(3)
            continue
        block = None
        stamp = STAMP.match(line)
        assert stamp, f"a line without a stamp: {line!r}"
        rest = line[stamp.end():]
        if rest.startswith("HTTPProxyClient"):
            block = {"line": rest, "request": rest.endswith("::mesage received"), "attributes": {}}
            blocks.append(block)
        else:
            assert STANDARD.match(rest), f"no standard message: {line!r}"
            messages.append(rest)
    return messages, blocks


class Logs(SystemTest):
    def test_the_known_parser_reads_both(self):
        server = self.running()
        server.add(STATE="secret-state")
        handle = server.preview().json["GSW_RECORD_HANDLE"]
        server.post(f"/records/{handle}?req=RecordProcessed")
        server.stop()
        for proxy in (False, True):
            text = server.log_text(proxy)
            for line in ("Application name: outpost-test", "Application type: OCServer (", "Host name: ", "Time zone: ",
                         "Start time (UTC): ", "Local time: ", "File: ("):
                self.assertIn(f"\n{line}", "\n" + text)
            _, blocks = parse(text)
            names = [b["attributes"].get("GSW_AGENT_REQ_TYPE") or b["attributes"].get("GSW_USER_EVENT") for b in blocks]
            for name in ("AddRecord", "AddRecordAcknowledge", "RecordProcessed", "RecordProcessedAcknowledge"):
                self.assertIn(name, names)
            self.assertIn(str(handle), [b["attributes"].get("GSW_RECORD_HANDLE") for b in blocks if b["request"]])
            self.assertNotIn("secret-state", text)
        for name in ("outpost.log", "outpost_HTTPPRX.log"):
            link = server.log_directory / name
            self.assertTrue(link.is_symlink() and link.exists())

    def test_no_request_forges_a_line(self):
        server = self.running()
        evil = "x\n2026-01-01T00:00:00.000 Std 40001 forged\r\n\t'GSW_RECORD_HANDLE'\t666"
        server.add(phone=evil)
        server.add(GSW_AGENT_ID=evil, **{"k'\n\t'GSW_RECORD_HANDLE'\t": "v"})
        server.post("/lists/a%0A2026-01-01T00:00:00.000%20Std%2040001%20forged?req=AddRecord&x%0Ay=1", {})
        server.raw(b"GET /\r\n2026-01-01T00:00:00.000 Std 40001 forged HTTP/1.1\r\n\r\n")
        server.stop()
        for proxy in (False, True):
            text = server.log_text(proxy)
            messages, blocks = parse(text)
            self.assertFalse([m for m in messages if m == "Std 40001 forged"])
            self.assertNotIn("666", [b["attributes"].get("GSW_RECORD_HANDLE") for b in blocks])

    def test_rotation_under_load_loses_no_line(self):
        server = self.running(log={"segment-size": 65536, "keep-files": 0})
        answers = []

        def client(number):
            connection = server.connect()
            for n in range(150):
                answers.append(server.add(SEQ=f"{number}-{n}", connection=connection).status)
            connection.close()

        clients = [threading.Thread(target=client, args=(n,)) for n in range(4)]
        for thread in clients:
            thread.start()
        server.kill(signal.SIGUSR1)
        server.ctl("reopen-logs")
        for thread in clients:
            thread.join()
        self.assertEqual(answers, [200] * 600)
        server.stop()
        for name in ("outpost", "outpost_HTTPPRX"):
            segments = sorted(p for p in server.log_directory.glob(f"{name}.2*.log"))
            self.assertGreater(len(segments), 2)
            received = 0
            for segment in segments:
                _, blocks = parse(segment.read_text())
                received += sum(b["request"] and b["attributes"].get("GSW_AGENT_REQ_TYPE") == "AddRecord" for b in blocks)
                self.assertLess(segment.stat().st_size, 65536 + 20000)
            self.assertEqual(received, 600, name)

    def test_old_segments_are_removed(self):
        server = self.running(log={"keep-files": 2})
        for _ in range(5):
            before = (server.log_directory / "outpost.log").readlink()
            server.ctl("reopen-logs")
            eventually(lambda: (server.log_directory / "outpost.log").readlink() != before, "a new segment")
        eventually(lambda: len(list(server.log_directory.glob("outpost.2*.log"))) == 2, "two segments are left")
        eventually(lambda: len(list(server.log_directory.glob("outpost_HTTPPRX.2*.log"))) == 2, "and two of the proxy")


if __name__ == "__main__":
    unittest.main()
