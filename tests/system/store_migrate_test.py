"""outpostctl store migrate: a whole store moves into another engine and back, and its clients notice nothing but the
pause. Guards design.md 5: two engines, one store; and that neither a kill -9 nor a mistake loses or doubles a row."""
import contextlib
import json
import pathlib
import signal
import sqlite3
import subprocess
import unittest

from engines import PostgresqlStore, postgres
from harness import BIN, SCALE, SystemTest, eventually
from postgres_server import PASSWORD

ADD = "/lists/Spring_2024?req=AddRecord"
BODY = {"GSW_PHONE": "+15550100", "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": "Spring", "SEQ": "caf\u00e9 \U0001f600"}


def migrate(source, target, *arguments):
    return subprocess.run([BIN / "outpostctl", "store", "migrate", source, target, *arguments], capture_output=True,
                          text=True, timeout=300 * SCALE, check=False)


class StoreMigrate(SystemTest):
    def migrated(self, source, target):
        done = migrate(source, target, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in (done.stdout, done.stderr):
            self.assertNotIn(PASSWORD, text)
        return json.loads(done.stdout)

    def restart_on(self, server, url):
        server.config["store"]["url"] = url
        server.write_config()
        return server.start()

    def with_many_records(self, server, n):
        path = pathlib.Path(self.directory, "contacts.csv")
        path.write_text("contact_info,tz_name,SEQ\n" + "".join(f"+1555{i:07},GMT,{i}\n" for i in range(n)))
        server.ctl("import", "Spring_2024", str(path))

    def test_clients_go_on_in_the_other_engine_and_back(self):
        server = self.running(application={"authentication": "token"})
        token = {"Authorization": "Bearer " + server.ctl("token", "add", "crm").stdout.strip()}
        first = server.post(ADD, BODY, {**token, "Idempotency-Key": "k-1"})
        self.assertEqual(first.status, 200)
        preview = server.request("POST", "/campaigngroups/201?req=PreviewRecordRequest", {"GSW_AGENT_ID": "agent7"}, token)
        handle = preview.json["GSW_RECORD_HANDLE"]
        server.ctl("dnc", "add", "--phone", "+15550999")
        self.with_many_records(server, 50)
        before = server.ctl_json("stats", "Spring_2024")
        self.assertEqual(server.stop(), 0)

        with contextlib.closing(PostgresqlStore(postgres())) as database:
            url = database.server.url(database.name, tcp=True)
            report = self.migrated(f"sqlite://{server.store_path}", url)
            rows = {table["name"]: table["rows"] for table in report["tables"]}
            self.assertEqual((rows["records"], rows["handles"], rows["kept_answers"], rows["tokens"]), (51, 1, 1, 1))
            self.assertEqual(report["rows"], sum(rows.values()))

            self.restart_on(server, url)
            self.assertEqual(server.ctl_json("stats", "Spring_2024"), before)
            self.assertGreater(server.status()["epoch"], report["epoch"])
            again = server.post(ADD, BODY, {**token, "Idempotency-Key": "k-1"})
            self.assertEqual((again.status, again.json), (200, first.json))
            self.assertEqual(server.post(ADD, BODY).status, 401)
            done = server.post(f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": 33}, token)
            self.assertEqual(done.status, 200, done.body)
            new = server.post(ADD, BODY, token)
            self.assertEqual(new.status, 200)
            self.assertNotEqual(new.json, first.json)
            before = server.ctl_json("stats", "Spring_2024")
            listed = server.ctl_json("dnc", "list")
            self.assertEqual(server.stop(), 0)

            back = pathlib.Path(self.directory, "back", "outpost.db")
            self.migrated(url, f"sqlite://{back}")
        self.restart_on(server, f"sqlite://{back}")
        self.assertEqual(server.ctl_json("stats", "Spring_2024"), before)
        self.assertEqual(server.ctl_json("dnc", "list"), listed)
        late = server.post(f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": 33}, token)
        self.assertEqual(late.status, 409, late.body)

    def test_a_store_in_use_and_one_that_is_not_empty_are_refused(self):
        server = self.running()
        source = f"sqlite://{server.store_path}"
        target = pathlib.Path(self.directory, "other.db")
        done = migrate(source, f"sqlite://{target}")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"FROM: the store is in use.* is locked by the running process \d+")
        self.assertFalse(target.exists())
        server.stop()
        self.migrated(source, f"sqlite://{target}")
        done = migrate(source, f"sqlite://{target}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("TO: the store is not empty", done.stderr)
        self.assertEqual(migrate(source, source).returncode, 1)
        self.assertEqual(migrate(f"{source}.none", f"sqlite://{target}").returncode, 1)
        done = migrate(source, "postgresql://me:secret@127.0.0.1:1/nothing?password=secret")
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("secret", done.stderr)

    def test_a_killed_run_is_taken_up(self):
        server = self.running()
        self.with_many_records(server, 20_000)
        server.stop()
        source = f"sqlite://{server.store_path}"
        target = pathlib.Path(self.directory, "other.db")
        with subprocess.Popen([BIN / "outpostctl", "store", "migrate", source, f"sqlite://{target}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            eventually(lambda: self.copied(target) > 2_000, "some rows are copied")
            run.send_signal(signal.SIGKILL)
        half = self.copied(target)
        self.assertLess(half, 20_000, "it was killed too late")

        server.config["store"]["url"] = f"sqlite://{target}"
        server.write_config()
        server.start(wait=False)
        self.assertNotEqual(server.wait(), 0)
        self.assertIn("outpostctl store migrate", pathlib.Path(self.directory, "stderr.txt").read_text())

        report = self.migrated(source, f"sqlite://{target}")
        self.assertGreaterEqual(report["rows_resumed"], half)
        self.restart_on(server, f"sqlite://{target}")
        self.assertEqual(len(server.ctl("export", "Spring_2024").stdout.splitlines()), 20_001)

    @staticmethod
    def copied(path):
        """Rows that an unfinished migration has copied."""
        with contextlib.suppress(sqlite3.Error):
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as store:
                return store.execute("SELECT rows_copied FROM migration").fetchone()[0]
        return 0


if __name__ == "__main__":
    unittest.main()
