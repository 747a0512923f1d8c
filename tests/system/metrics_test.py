"""What is measured, as a scraper reads it: both forms, every series that the alert rules and the dashboard name, counters that
never fall when the proxy is killed, and no label that a client chooses."""
import json
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import Client, SharedServerTest, eventually

ETC = pathlib.Path(__file__).resolve().parents[2] / "etc"
RULES = ETC / "prometheus" / "alerts.yml"
PROMTOOL = shutil.which("promtool")
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')
NAME = re.compile(r"\boutpost_[a-z_]+")


def parse(text):
    """Samples by name and labels. Each line is a comment or a sample, and none is there twice."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        key = (match[1], tuple(sorted(LABEL.findall(match[2] or ""))))
        assert key not in samples, f"twice: {line!r}"
        samples[key] = float(match[3])
    return samples


def expressions_of_rules():
    """Without a parser of YAML, which Python does not bring: an expression goes on up to the next key of its rule."""
    return re.findall(r"^ +expr: (.*?)\n +(?:for|labels):", RULES.read_text(), re.S | re.M)


def expressions_of_dashboard():
    dashboard = json.loads((ETC / "grafana" / "outpost.json").read_text())
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))
    yield from (variable["definition"] for variable in dashboard["templating"]["list"] if "definition" in variable)
    yield from (one["expr"] for one in dashboard["annotations"]["list"] if "expr" in one)


def certificate(folder):
    """A server's own, for the figures of TLS: (certificate, key)."""
    paths = str(pathlib.Path(folder, "server.pem")), str(pathlib.Path(folder, "server.key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", "/CN=localhost",
                    "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    os.chmod(paths[1], 0o600)
    return paths


class Metrics(SharedServerTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="outpost-test-")
        cls.addClassCleanup(shutil.rmtree, folder, True)
        pem, key = certificate(folder)
        # The proxy tells what it counts three times in this time.
        cls.options = {"server": {"reconnect-timeout": 5}, "application": {"channel-timeout": 6000}, "redundancy": {"enabled": True, "name": "a"},
                       "listeners": [{"name": "default", "address": "127.0.0.1", "port": 0},
                                     {"name": "secure", "address": "127.0.0.1", "port": 0, "secure": True,
                                      "certificate": pem, "key": key}]}
        super().setUpClass()

    def text(self, *arguments):
        return self.server.ctl("metrics", *arguments).stdout

    def samples(self):
        return parse(self.text())

    def sample(self, name, **labels):
        return self.samples().get((name, tuple(sorted(labels.items()))))

    def requests(self, **labels):
        """How many responses the proxy has told of, by some of the labels."""
        return sum(value for (name, own), value in self.samples().items()
                   if name == "outpost_http_requests_total" and set(labels.items()) <= set(own))

    def test_requests_are_counted_by_rows_of_the_table_only(self):
        before = self.requests(request="other")
        self.assertEqual(self.client.post("/lists/evil_list?req=EvilRequest").status, 501)
        self.assertEqual(self.client.post("/evil?req=AddRecord").status, 404)
        added = self.requests(resource="lists", request="AddRecord", status="200")
        self.assertEqual(self.server.add().status, 200)
        eventually(lambda: self.requests(request="other") >= before + 2, "what is unknown is counted as other")
        eventually(lambda: self.requests(resource="lists", request="AddRecord", status="200") > added, "it is counted")
        self.assertNotIn("evil", self.text().lower())
        labels = {"child": "proxy", "resource": "lists", "request": "AddRecord"}
        count = self.sample("outpost_http_request_duration_seconds_count", **labels)
        self.assertGreaterEqual(count, 1)
        self.assertEqual(self.sample("outpost_http_request_duration_seconds_bucket", **labels, le="+Inf"), count)
        self.assertGreater(self.sample("outpost_http_request_duration_seconds_sum", **labels), 0)
        self.assertEqual(self.sample("outpost_records", list="Spring_2024", status="Ready"),
                         self.server.rows("SELECT count(*) FROM records WHERE record_status = 1")[0][0])
        self.assertEqual(self.sample("outpost_records", list="Closed", status="Ready"), 0)

    def test_the_status_has_the_durations_of_all_requests(self):
        self.assertEqual(self.server.add().status, 200)

        def agree():
            duration, samples = self.server.status()["requests"]["duration"], self.samples()
            shown = {("bucket", round(bucket["le_ms"] / 1000, 9)): bucket["count"] for bucket in duration["buckets"]}
            shown[("bucket", math.inf)] = shown[("count", None)] = duration["count"]
            shown[("sum", None)] = duration["sum_ms"] / 1000
            summed = dict.fromkeys(shown, 0)
            for (name, labels), value in samples.items():
                part = name.removeprefix("outpost_http_request_duration_seconds_")
                if part != name and ("child", "proxy") in labels:
                    bound = dict(labels).get("le")
                    summed[part, bound and round(float(bound), 9)] += value
            return duration["count"] > 0 and all(math.isclose(shown[key], summed[key]) for key in shown)
        eventually(agree, "the status has the sums of the histogram")  # what is counted in between is in one of them only
        self.assertRegex(self.server.ctl("status").stdout, r"latency since the start: p50 <= [0-9.]+ ms, p99 ")

    def test_no_counter_falls_when_the_proxy_is_killed(self):
        for _ in range(5):
            self.assertEqual(self.server.add().status, 200)
        seen = self.requests(request="AddRecord")
        eventually(lambda: self.requests(request="AddRecord") >= max(seen, 5), "the requests are counted")
        before = self.samples()
        restarts = self.sample("outpost_child_restarts_total", child="proxy")
        os.kill(self.server.proxy_pid, signal.SIGKILL)
        eventually(lambda: self.sample("outpost_child_up", child="proxy") == 0, "the proxy is missed")
        while_gone = self.samples()
        self.server.await_proxy()
        self.client = Client(self.server)
        self.addCleanup(self.client.close)
        after = self.samples()
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", self.text(), re.M))
        for (name, labels), value in before.items():
            family = re.sub("_(bucket|sum|count)$", "", name)
            if "counter" not in (types.get(name), types.get(family)) and types.get(family) != "histogram":
                continue
            for later in (while_gone, after):
                self.assertGreaterEqual(later.get((name, labels), -1), value, f"{name} {labels}")
        self.assertEqual(self.sample("outpost_child_restarts_total", child="proxy"), restarts + 1)
        self.assertEqual(self.sample("outpost_child_up", child="proxy"), 1)

    def test_the_role_the_store_and_the_certificate_are_told(self):
        self.assertEqual(self.sample("outpost_role", role="primary"), 1)
        self.assertEqual(self.sample("outpost_role", role="backup"), 0)
        self.assertEqual(self.sample("outpost_role_changes_total", role="primary"), 1)
        self.assertEqual(self.sample("outpost_store_up"), 1)
        self.assertGreater(self.sample("outpost_store_commit_duration_seconds_count"), 0)
        self.assertGreater(self.sample("outpost_process_cpu_seconds_total", process="outpostd"), 0)
        self.assertGreater(self.sample("outpost_process_resident_memory_bytes", process="proxy"), 0)
        self.assertEqual(self.sample("outpost_campaign_group_state", group="Spring@Group", state="Running"), 1)
        ends = [value for (name, labels), value in self.samples().items()
                if name == "outpost_tls_certificate_expiry_time_seconds" and ("listener", "secure") in labels]
        self.assertEqual(len(ends), 1)
        started = self.sample("outpost_process_start_time_seconds", process="outpostd")
        self.assertAlmostEqual(ends[0] - started, 90 * 86400, delta=86400)

    def test_rules_and_dashboard_name_only_what_there_is(self):
        """Statuses other than 200, sessions and the like have no series before there are some, but their names are known."""
        known = {name for name, _ in self.samples()}
        rules, dashboard = expressions_of_rules(), list(expressions_of_dashboard())
        self.assertEqual(len(rules), RULES.read_text().count("alert:"))
        self.assertGreater(len(dashboard), 40)
        for expression in [*rules, *dashboard]:
            names = NAME.findall(expression) or re.findall(r"\bup\b", expression)
            self.assertTrue(names, expression)
            self.assertEqual([name for name in names if name.startswith("outpost_") and name not in known], [], expression)
        # What nobody looks at is a mistake as well: a figure belongs on the dashboard.
        shown = set(NAME.findall(" ".join([*rules, *dashboard])))
        unseen = {name for name in known if not re.search("_(sum|count)$", name)} - shown
        self.assertEqual(unseen, {"outpost_epoch", "outpost_lease_readable", "outpost_process_start_time_seconds"})

    def test_openmetrics_has_the_same_samples_and_an_end(self):
        text = self.text("--openmetrics")
        self.assertTrue(text.endswith("\n# EOF\n"))
        self.assertEqual(set(parse(text)), set(self.samples()))
        for name, unit in re.findall(r"^# UNIT (\S+) (\S+)$", text, re.M):
            self.assertTrue(name.endswith("_" + unit), name)
        self.assertEqual(json.loads(self.text("--json"))["content_type"], "text/plain; version=0.0.4; charset=utf-8")

    @unittest.skipUnless(PROMTOOL, "promtool is not here: scripts/setup metrics installs it")
    def test_promtool_finds_nothing_wrong(self):
        checks = [(["check", "metrics"], self.text()), (["check", "rules", str(RULES)], None),
                  (["test", "rules", str(RULES.with_name("alerts_test.yml"))], None)]
        for arguments, given in checks:
            done = subprocess.run([PROMTOOL, *arguments], input=given, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), f"{arguments}: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    unittest.main()
