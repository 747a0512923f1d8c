"""A real Prometheus scrapes a real pair: each expression of the dashboard and of the alert rules finds what it asks for."""
import http.client
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest
import urllib.parse

import engines
from harness import COUNTED_SOON, SCALE, Outbound, eventually, sanitizer_findings
from metrics_test import RULES, certificate, expressions_of_dashboard

from rules_server import RulesServer

PROMETHEUS = shutil.which("prometheus")
LABEL_VALUES = re.compile(r"label_values\((.+), (\w+)\)")
COMPARISON = re.compile(r" (==|!=|>=|<=|>|<) ")
ADMIN = {"name": "admin", "protocol": "admin", "port": 0}
DATA = {"name": "default", "address": "127.0.0.1", "port": 0}


def parts_of(expression):
    """What has to find something for an expression to mean anything, whatever its values are: each side of an "or", with
    comparisons that tell instead of leaving out."""
    labels = LABEL_VALUES.fullmatch(expression)  # Grafana's own, not Prometheus's
    if labels:
        expression = f'{labels[1]} and on ({labels[2]}) group by ({labels[2]}) ({labels[1]})'
    for variable in ("$job", "$instance"):
        expression = expression.replace(variable, ".+")
    expression = expression.replace("$__rate_interval", "1m")
    assert "$" not in expression, f"a variable that this test does not know: {expression}"
    return [COMPARISON.sub(r" \1 bool ", part) for part in expression.split(" or ")]


class Prometheus:
    """Over a temporary folder, on a port that was free a moment before: it takes no port 0."""

    def __init__(self, folder, targets):
        self.folder = folder
        self.process = self.port = None
        # JSON is YAML.
        config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                  "rule_files": [str(RULES)],
                  "scrape_configs": [{"job_name": "outpost", "static_configs": [{"targets": targets}]}]}
        (folder / "prometheus.yml").write_text(json.dumps(config))

    def start(self):
        for _ in range(10):
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
            with open(self.folder / "prometheus.txt", "wb") as said:
                self.process = subprocess.Popen(
                    [PROMETHEUS, f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                     f"--web.listen-address=127.0.0.1:{self.port}"], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            if eventually(lambda: self.process.poll() is not None or self.is_ready(), "Prometheus is ready", 60) is True \
                    and self.process.poll() is None:
                return self
            if "address already in use" not in self.said():
                break
        raise AssertionError(f"Prometheus has ended: {self.said()[-2000:]}")

    def said(self):
        return (self.folder / "prometheus.txt").read_text(errors="replace")

    def get(self, target):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60 * SCALE)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def is_ready(self):
        try:
            return self.get("/-/ready")[0] == 200
        except OSError:
            return False

    def data(self, target):
        told = json.loads(self.get("/api/v1/" + target)[1])
        if told["status"] != "success":
            raise AssertionError(f"{urllib.parse.unquote_plus(target)}: {told['error']}")
        return told["data"]

    def finds(self, expression):
        """Whether there is a series with a number."""
        result = self.data("query?" + urllib.parse.urlencode({"query": expression}))["result"]
        return any(one["value"][1] != "NaN" for one in result)

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()


@unittest.skipUnless(PROMETHEUS, "prometheus is not here: scripts/setup metrics installs it")
class Dashboard(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.store = engines.new_store(self.directory)
        self.addCleanup(self.store.close)
        self.pem, self.key = certificate(self.directory)
        self.rules = RulesServer()
        self.addCleanup(self.rules.close)
        self.primary = self.node("a").start()
        self.primary.apply()
        backup = self.node("b").start(wait=False)
        backup.notify.wait("READY=1", process=backup.process)
        targets = [f"127.0.0.1:{self.admin_port(node)}" for node in (self.primary, backup)]
        self.prometheus = Prometheus(self.directory, targets)
        self.addCleanup(self.prometheus.close)
        self.prometheus.start()

    def node(self, name):
        folder = self.directory / name
        folder.mkdir()
        secure = {"name": "secure", "address": "127.0.0.1", "port": 0, "secure": True, "certificate": self.pem,
                  "key": self.key}
        node = Outbound(folder, store=self.store, application=COUNTED_SOON, listeners=[DATA, secure, ADMIN],
                        redundancy={"enabled": True, "name": name, "lease-time": 20_000, "renewal-interval": 250})
        node.config["http-client"] = [{}]
        node.config["webhooks"] = [{"name": "all", "url": self.rules.url}]
        node.config["application"].update({"pre-dial-validation": True, "validation-uri": self.rules.url})
        node.write_config()
        self.addCleanup(self.finish, node)
        return node

    def finish(self, node):
        node.close()
        self.assertEqual(sanitizer_findings((node.directory / "stderr.txt").read_text(errors="replace")), [])

    def admin_port(self, node):
        def bound():
            admin = node.status()["admin"]
            return admin and admin["listeners"] and admin["listeners"][0]["port"]
        return eventually(bound, "the admin proxy runs")

    def send(self):
        """Something for each family that tells by what was asked."""
        self.assertEqual(self.primary.add().status, 200)
        self.assertEqual(self.primary.preview().status, 200)
        self.assertEqual(self.primary.post("/lists/Spring_2024?req=AddRecord", {}).status, 400)
        self.assertEqual(self.primary.post("/lists/Spring_2024?req=NoSuchRequest").status, 501)
        port = next(one["port"] for one in self.primary.status()["proxy"]["listeners"] if one["secure"])
        trust = ssl.create_default_context(cafile=self.pem)
        with socket.create_connection(("127.0.0.1", port), timeout=30 * SCALE) as peer, \
                trust.wrap_socket(peer, server_hostname="localhost"):
            pass

    def test_each_expression_finds_a_series(self):
        rules = [rule for group in self.prometheus.data("rules")["groups"] for rule in group["rules"]]
        self.assertEqual(len(rules), RULES.read_text().count("alert:"))
        expressions = {rule["query"] for rule in rules} | set(expressions_of_dashboard())
        self.assertGreater(len(expressions), 60)
        missing = {(expression, part) for expression in expressions for part in parts_of(expression)}

        def all_found():
            self.send()
            missing.difference_update([one for one in missing if self.prometheus.finds(one[1])])
            return not missing
        try:
            eventually(all_found, "each expression finds a series", 60)
        except AssertionError as late:
            targets = [(one["health"], one["lastError"]) for one in self.prometheus.data("targets")["activeTargets"]]
            text = "\n".join(f"{expression}\n    asked as: {part}" for expression, part in sorted(missing))
            raise AssertionError(f"these return nothing, of the targets {targets}:\n{text}") from late
        self.assertEqual(len(self.prometheus.data("query?query=up==1")["result"]), 2)
        evaluated = [rule for group in self.prometheus.data("rules")["groups"] for rule in group["rules"]]
        self.assertEqual([rule["query"] for rule in evaluated if rule["health"] != "ok"], [])


if __name__ == "__main__":
    unittest.main()
