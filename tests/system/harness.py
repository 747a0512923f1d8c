"""Starts the real programs for the system tests: processes.py, http_client.py and daemon.py say how; here is a server of
calling lists, and how a test has one. A node of the mobile services is in mobile.py.
"""

import contextlib
import json
import pathlib
import shutil
import tempfile
import unittest

from daemon import Daemon
from http_client import Client, Response, read_response, read_to_end
from processes import BIN, SCALE, NotifySocket, await_gone, eventually, sanitizer_findings

__all__ = ["BIN", "CATALOGUE", "COUNTED_SOON", "SCALE", "Client", "Daemon", "NotifySocket", "Outbound", "Response",
           "SharedServerTest", "SystemTest", "await_gone", "eventually", "read_response", "read_to_end",
           "sanitizer_findings"]

# What the proxy counts comes with the sign of life that it is asked for every third of this: for tests that wait for it.
COUNTED_SOON = {"channel-timeout": min(int(10_000 * SCALE), 60_000)}

CATALOGUE = {
    "tenants": [{"dbid": 1, "name": "Resources"}],
    "calling-lists": [
        {"dbid": 301, "name": "Spring_2024", "tenant": "Resources", "daily-from": 0, "daily-till": 86400,
         "custom-fields": ["STATE", "CONTACT_LAST_NAME", "CONTACT_FST_NAME", "client-id", "VAR_005", "SEQ"]},
        {"dbid": 302, "name": "Closed", "tenant": "Resources", "enabled": False},
        {"dbid": 303, "name": "Two_Campaigns", "tenant": "Resources"},
    ],
    "campaigns": [
        {"dbid": 101, "name": "Spring", "tenant": "Resources",
         "lists": [{"list": "Spring_2024", "weight": 10}, {"list": "Two_Campaigns", "weight": 1}]},
        {"dbid": 102, "name": "Autumn", "tenant": "Resources", "lists": [{"list": "Two_Campaigns", "weight": 1}]},
    ],
    "campaign-groups": [
        {"dbid": 201, "name": "Spring@Group", "campaign": "Spring", "state": "Running", "mode": "Preview"},
        {"dbid": 202, "name": "Spring@Unloaded", "campaign": "Spring", "state": "NotLoaded", "mode": "Preview"},
        {"dbid": 203, "name": "Spring@Stopped", "campaign": "Spring", "state": "Active", "mode": "Preview"},
        {"dbid": 204, "name": "Spring@Predictive", "campaign": "Spring", "state": "Running", "mode": "Predict"},
        {"dbid": 205, "name": "Autumn@Group", "campaign": "Autumn", "state": "Running", "mode": "Preview"},
    ],
}


class Outbound(Daemon):
    """A server of calling lists."""

    usual = {
        "application": {"dbid": 134},
        "server-info": {"host": "localhost", "reconnect-timeout": 1},
        "redundancy": {},
    }

    def __init__(self, directory, store=None, server=None, **sections):
        """`server`: options of server-info."""
        super().__init__(directory, store, **{"server-info": server or {}}, **sections)
        self.catalogue = CATALOGUE

    def write_catalogue(self, catalogue=None):
        path = self.directory / "catalogue.json"
        path.write_text(json.dumps(catalogue or self.catalogue))
        return path

    def apply(self, catalogue=None):
        return self.command("apply", text=self.write_catalogue(catalogue).read_text(), dry_run=False)

    def add(self, phone="+15550100", connection=None, list_name="Spring_2024", headers=None, **attributes):
        return self.post(f"/lists/{list_name}?req=AddRecord",
                         {"GSW_PHONE": phone, "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring", **attributes},
                         headers, connection)

    def preview(self, group=201, **attributes):
        return self.post(f"/campaigngroups/{group}?req=PreviewRecordRequest", attributes)


class SystemTest(unittest.TestCase):
    """Gives each test its directory; what failed shows both logs."""

    options = {}
    sandbox_kills = False  # a test that wants it says so

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="outpost-test-")
        self.addCleanup(shutil.rmtree, self.directory, True)

    def outpost(self, **options):
        server = Outbound(self.directory, **options)
        self.addCleanup(self._finish, server)
        return server

    def running(self, **options):
        server = self.outpost(**options).start()
        server.apply()
        return server

    def _finish(self, server):
        server.close()
        path = server.directory / "stderr.txt"
        text = path.read_text(errors="replace") if path.exists() else ""
        result = self._outcome.result
        failed = any(getattr(test, "test_case", test) is self for test, _ in result.failures + result.errors)
        if failed or "ERROR: " in text:
            print(f"--- stderr ---\n{text[-4000:]}")
            with contextlib.suppress(OSError):
                print(f"--- supervisor log ---\n{server.log_text()[-4000:]}")
                print(f"--- proxy log ---\n{server.log_text(proxy=True)[-4000:]}")
        # A sanitizer's finding in any process is a failure, whatever the test saw.
        findings = [f for f in sanitizer_findings(text) if not (self.sandbox_kills and "killed by the sandbox" in f)]
        self.assertEqual(findings, [])


class SharedServerTest(unittest.TestCase):
    """One server for all tests of a class: for tables of many small cases. Each test has a connection of its own."""

    catalogue = None
    options = {}

    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="outpost-test-")
        cls.addClassCleanup(shutil.rmtree, directory, True)
        cls.server = Outbound(directory, **{"log": {"level": "interaction"}, **cls.options})
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.server.apply(cls.catalogue)

    @classmethod
    def tearDownClass(cls):
        ended = cls.server.stop()
        text = pathlib.Path(cls.server.directory, "stderr.txt").read_text(errors="replace")
        assert ended == 0 and not sanitizer_findings(text), f"outpostd ended with {ended}: {text[-4000:]}"

    def setUp(self):
        self.client = Client(self.server)
        self.addCleanup(self.client.close)
