"""What a configuration of type mobile is: the sample is valid, what belongs to a server of calling lists is refused by name,
what is wrong with services is said with its line, and what a reload changes."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import BIN, SCALE
from mobile import SharedNodeTest

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

    def node(self, sections):
        """A file of a node with these lines of sections, which begin at line 3."""
        return '{\n"application": {"type": "mobile"}, "server": {"node_id": 1}' + "".join(
            f",\n{section}" for section in sections) + "\n}"

    def said(self, sections):
        done = self.check(self.node(sections))
        return done.returncode, re.findall(rf"{re.escape(str(self.path))}:(\d+: .*)", done.stdout + done.stderr)

    def test_mistakes_of_services_are_said_at_once_each_with_its_line(self):
        status, said = self.said([
            '"service.a": {"type": "builtin", "service": "request-interacton"}',
            '"service.b": {"type": "ors", "service": "scxml"}',
            '"service.c": {"type": "builtin", "service": "request-access", "ttl": 0, "access_code_length": "19"}',
            '"list.Support": {"number1": "555"}',
            '"connections": [{"name": "ors1"}]',
            '"push.provider.a.b": {}',
            '"service.1-6f0c2a5e-1b2c-4d3e-8f90-a1b2c3d4e5f6": {"type": "builtin", "service": "request-access"}'])
        self.assertNotEqual(status, 0)
        begins = ["3: service.a.service: ", "4: service.b.service: ", "5: service.c.ttl: ",
                  "5: service.c.access_code_length: ", "6: list.Support: ", "7: connections[0].host: ",
                  "8: push.provider.a.b: ", "9: service.1-6f0c2a5e-"]
        self.assertEqual(len(said), len(begins), said)
        for line, begin in zip(said, begins):
            self.assertTrue(line.startswith(begin), line)
            self.assertIn("valid: ", line)
        self.assertIn("request-interaction, match-interaction or request-access", said[0])

    def test_what_is_accepted_and_may_not_be_meant_is_a_remark_with_its_line(self):
        status, said = self.said([
            '"service.a": {"_type": "builtin", "_service": "request-interaction", "_ttl": 5, "ttl": 60}',
            '"service.b": {"type": "builtin", "service": "request-access", "resource_group": "Sales"}',
            '"resource": {"resource_list_name": "GMS_Resources"}',
            '"list.GMS_Resources.Support": {"_allocation_strategy": "FIRST", "_backup_resource": "9", "#n": "1", "n": 2}',
            '"push": {"pushEnabled": "fax", "defaultSubscriptionExpiration": 5}'])
        self.assertEqual(status, 0, said)
        begins = ["3: service.a._ttl: ", "4: service.b.resource_group: ", "5: resource: ",
                  "6: list.GMS_Resources.Support._allocation_strategy: ", "6: list.GMS_Resources.Support.#n: ",
                  "6: list.GMS_Resources.Support._backup_resource: ", "7: push.pushEnabled: ",
                  "7: push.defaultSubscriptionExpiration: "]
        self.assertEqual(len(said), len(begins), said)
        for line, begin in zip(said, begins):
            self.assertTrue(line.startswith(begin), line)

    def test_secrets_of_services_and_providers_are_not_printed(self):
        self.path.write_text(self.node([
            '"service.a": {"type": "builtin", "service": "request-access", "username": "u", "password": "topsecret"}',
            '"push": {"apple.keystorePassword": "topsecret", "debug.apple.keystorePassword": "topsecret"}']))
        done = outpostd("--config", self.path, "--print-config")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("service.a.username", done.stdout)
        self.assertIn("push.apple.keystorePassword", done.stdout)
        self.assertNotIn("topsecret", done.stdout + done.stderr)


class ServicesReload(SharedNodeTest):
    sections = {"service.number": {"type": "builtin", "service": "request-interaction", "ttl": 30},
                "list.GMS_Resources.Support": {"number1": "1-888-call-me1"}}

    def reload_with(self, section, **options):
        self.node.config.setdefault(section, {}).update(options)
        self.node.write_config()
        return self.node.ctl("reload").stdout

    def test_services_and_numbers_are_taken_at_once_and_push_waits(self):
        self.assertRegex(self.reload_with("service.number", ttl=60), r'service\.number\.ttl: "30" -> "60", at once')
        self.assertRegex(self.reload_with("service.other", type="builtin", service="request-access"),
                         r"service\.other: added, at once")
        self.assertRegex(self.reload_with("list.GMS_Resources.Support", number2="1-888-call-me2"),
                         r"list\.GMS_Resources\.Support\.number2: added, at once")
        self.assertRegex(self.reload_with("push", pushEnabled="httpcb"), r'push\.pushEnabled: "" -> "httpcb", after a restart')
        waiting = self.node.ctl("status").stdout
        self.assertIn("push.pushEnabled", waiting)
        self.assertNotIn("service.number", waiting)

    def test_a_wrong_service_leaves_all_as_it_was(self):
        self.node.config["service.wrong"] = {"type": "builtin", "service": "query"}
        self.node.write_config()
        done = self.node.ctl("reload", check=False)
        del self.node.config["service.wrong"]
        self.node.write_config()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("service.wrong.service", done.stdout + done.stderr)
        self.assertEqual(self.node.get("node").status, 200)


if __name__ == "__main__":
    unittest.main()
