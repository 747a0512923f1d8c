"""What a configuration of type mobile is: the sample is valid, and what belongs to a server of calling lists is refused by
name, each with a sentence and its line."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import BIN, SCALE

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "etc/mobile.sample.json"


def outpostd(*arguments):
    return subprocess.run([BIN / "outpostd", *map(str, arguments)], capture_output=True, text=True, check=False,
                          timeout=60 * SCALE)


class MobileConfig(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="outpost-test-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "mobile.json")

    def check(self, text):
        self.path.write_text(text)
        return outpostd("--config", self.path, "--check-config")

    def line_of(self, text, part):
        return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)

    def test_the_sample_is_valid(self):
        done = outpostd("--config", SAMPLE, "--check-config")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("valid", done.stdout + done.stderr)
        self.assertEqual(outpostd("--print-sample", "mobile").stdout, SAMPLE.read_text())

    def test_options_of_the_other_type_are_refused_each_by_name_and_line(self):
        text = SAMPLE.read_text()
        text = re.sub(r'("type": *"mobile" *,?)', r'\1\n    "dbid": 134,', text, count=1)
        if not re.search(r'"type": *"mobile" *,', text):
            text = re.sub(r'("type": *"mobile")', r"\1,", text, count=1).replace('"dbid": 134,', '"dbid": 134')
        text = text.replace('"server": {', '"redundancy": { "enabled": true },\n  "server": {', 1)
        done = self.check(text)
        self.assertNotEqual(done.returncode, 0)
        said = (done.stdout + done.stderr).splitlines()
        for name, part in (("dbid", '"dbid"'), ("redundancy", '"redundancy"')):
            lines = [line for line in said if name in line]
            self.assertEqual(len(lines), 1, said)
            self.assertRegex(lines[0], rf"\b{self.line_of(text, part)}\b")
            self.assertIn("mobile", lines[0])

    def test_options_of_a_node_are_refused_where_lists_are(self):
        done = self.check(json.dumps({"gms": {}, "server": {"node_id": 1}, "listeners": [{"exposure": "external"}]}, indent=1))
        self.assertNotEqual(done.returncode, 0)
        for name in ("gms", "server", "exposure"):
            self.assertRegex(done.stdout + done.stderr, rf"\b{name}\b.*")

    def test_all_mistakes_are_said_at_once(self):
        done = self.check(json.dumps({
            "application": {"type": "mobile", "http-max-bodies": "much", "http-trusted-proxies": "there"},
            "listeners": [{"name": "a", "exposure": "outside", "port": 0}],
            "server": {"username": "gms", "external_url_base": "ftp://x"},
            "store": {"synchronous": "sometimes"},
        }, indent=1))
        self.assertNotEqual(done.returncode, 0)
        said = done.stdout + done.stderr
        for name in ("http-max-bodies", "http-trusted-proxies", "exposure", "node_id", "password",
                     "external_url_base", "synchronous"):
            with self.subTest(name):
                self.assertIn(name, said)

    def test_a_port_leads_to_a_secure_one_that_is_there(self):
        for other in ({"name": "other", "port": 0}, {"name": "else", "port": 0}):
            done = self.check(json.dumps({
                "application": {"type": "mobile"}, "server": {"node_id": 1},
                "listeners": [{"name": "a", "redirect-to": "other", "port": 0}, other]}))
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stdout + done.stderr, r"redirect-to.*secure listener")


if __name__ == "__main__":
    unittest.main()
