"""The PostgreSQL server that the tests of a ctest run share ends with the run, also with one that is killed."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from engines import PostgresqlStore, shared_server
from harness import SCALE, await_gone, eventually
from other_day import THIS_DAY

KEEPER = pathlib.Path(__file__).resolve().parents[1] / "support" / "postgres_keeper.py"
# A run whose second test lasts till it is told to end.
TESTS = f"""
add_test(keep "{sys.executable}" -B "{KEEPER}" keep place)
add_test(test sh -c "read line <end")
add_test(end "{sys.executable}" -B "{KEEPER}" end place)
set_tests_properties(keep PROPERTIES FIXTURES_SETUP server)
set_tests_properties(test PROPERTIES FIXTURES_REQUIRED server)
set_tests_properties(end PROPERTIES FIXTURES_CLEANUP server)
"""


class PostgresKeeper(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        (self.directory / "CTestTestfile.cmake").write_text(TESTS, encoding="ascii")
        os.mkfifo(self.directory / "end")
        self.ctest = subprocess.Popen([*THIS_DAY, "ctest"], cwd=self.directory, stdout=subprocess.DEVNULL)
        self.addCleanup(self.ctest.kill)
        self.place = pathlib.Path(self.directory, f"place.{self.ctest.pid}")
        eventually(lambda: self.place.exists() and self.place.read_text(encoding="ascii"), "the keeper is there")
        self.keeper = int(self.place.read_text(encoding="ascii").split()[1])

    def use(self):
        server = shared_server(self.directory / "place", self.ctest.pid)
        store = PostgresqlStore(server)
        self.assertEqual(store.rows("SELECT 7"), [(7,)])
        store.close()
        return server.directory

    def assert_gone(self, server):
        await_gone(self.keeper)
        self.assertFalse(self.place.exists())
        self.assertFalse(pathlib.Path(server).exists())

    def test_it_ends_with_the_run(self):
        server = self.use()
        self.assertEqual(self.use(), server)
        (self.directory / "end").write_text("\n", encoding="ascii")
        self.assertEqual(self.ctest.wait(60 * SCALE), 0)
        self.assert_gone(server)

    def test_it_ends_when_ctest_is_killed(self):
        server = self.use()
        self.ctest.send_signal(signal.SIGKILL)
        self.ctest.wait(60 * SCALE)
        self.assert_gone(server)
        (self.directory / "end").write_text("\n", encoding="ascii")

    def test_it_ends_though_no_test_asked_for_a_server(self):
        (self.directory / "end").write_text("\n", encoding="ascii")
        self.assertEqual(self.ctest.wait(60 * SCALE), 0)
        await_gone(self.keeper)


if __name__ == "__main__":
    unittest.main()
