"""A file or folder that the daemon may not use: the start fails and says which, as the configuration names it, and who
needs what. Only where a lock is held it is another outpostd's."""
import subprocess
import unittest

from harness import SystemTest
from other_user import as_other_user

MAY_NOT_MAKE = r"user \S+ may not make files in the folder {} \(of \S+, mode 0555\)"
MAY_NOT_READ = r"user \S+ may not read the file {} \(of \S+, mode 0200\)"
MAY_NOT_USE = r"user \S+ may not read and write the file {} \(of \S+, mode 0400\)"


class Permission(SystemTest):
    def setUp(self):
        super().setUp()
        self.server = self.outpost()
        self.command = as_other_user(self.server)
        self.place = self.server.directory / "place"
        self.place.mkdir()
        self.place.chmod(0o777)

    def refusal(self, *arguments):
        self.server.write_config()
        done = subprocess.run([*self.command, "--config", self.server.config_path, *arguments], capture_output=True,
                              text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        said = [line for line in done.stderr.splitlines() if line.startswith("outpostd: ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertNotRegex(said[0], "another (outpostd|process)")
        return said[0]

    def store_at(self, path):
        self.server.config["store"]["url"] = f"sqlite://{path}"

    def closed_file(self, name):
        path = self.place / name
        path.touch()
        path.chmod(0o400)
        return path

    def test_a_store_folder_in_which_nothing_may_be_made(self):
        self.store_at(self.place / "outpost.db")
        self.place.chmod(0o555)
        self.assertRegex(self.refusal(), rf"store\.url: {self.place}/outpost\.db cannot be used: .*: Permission denied: "
                                         + MAY_NOT_MAKE.format(self.place))

    def test_a_store_folder_that_is_missing_and_may_not_be_made(self):
        self.store_at(self.place / "missing" / "outpost.db")
        self.place.chmod(0o555)
        self.assertRegex(self.refusal(), rf"store\.url: {self.place}/missing/outpost\.db cannot be used: cannot make its "
                                         rf"folder {self.place}/missing: .*may not make files in the folder {self.place} "
                                         r".*; make it for the user of outpostd, or name another place$")

    def test_a_lock_file_of_another_user(self):
        self.store_at(self.place / "outpost.db")
        path = self.closed_file("outpost.db.lock")
        self.assertRegex(self.refusal(), r"store\.url: .*cannot open the lock file .*" + MAY_NOT_USE.format(path))

    def test_a_store_file_of_another_user(self):
        self.store_at(self.place / "outpost.db")
        path = self.closed_file("outpost.db")
        self.assertRegex(self.refusal(), f"cannot use the store {path}: " + MAY_NOT_USE.format(path))

    def test_a_file_beside_the_store_of_another_user(self):
        self.store_at(self.place / "outpost.db")
        (self.place / "outpost.db").touch()
        (self.place / "outpost.db").chmod(0o666)
        path = self.closed_file("outpost.db-wal")
        self.assertRegex(self.refusal(), f"cannot use the store {self.place}/outpost.db: " + MAY_NOT_USE.format(path))

    def test_a_folder_of_the_control_socket_in_which_nothing_may_be_made(self):
        self.server.config["control"]["socket"] = str(self.place / "control.sock")
        self.place.chmod(0o555)
        self.assertRegex(self.refusal(), rf"control\.socket: {self.place}/control\.sock cannot be used: .*"
                                         + MAY_NOT_MAKE.format(self.place))

    def test_a_file_in_the_place_of_the_control_socket(self):
        self.server.config["control"]["socket"] = str(self.place / "control.sock")
        path = self.closed_file("control.sock")
        self.assertRegex(self.refusal(), rf"control\.socket: cannot listen on {path}, for something is there that is not "
                                         r"ours to remove: Address already in use")
        self.assertTrue(path.exists())

    def test_a_log_folder_in_which_nothing_may_be_made(self):
        self.server.config["log"]["directory"] = str(self.place)
        self.place.chmod(0o555)
        self.assertRegex(self.refusal(), rf"log\.directory: .*{self.place}: Permission denied: "
                                         + MAY_NOT_MAKE.format(self.place))

    def test_a_configuration_file_of_another_user(self):
        path = self.place / "outpost.json"
        path.write_text("{}")
        path.chmod(0o200)
        self.assertRegex(self.refused("--config", path),
                         f"^{path}: cannot be opened: Permission denied: " + MAY_NOT_READ.format(path))

    def test_tls_files_of_another_user(self):
        listener = {"secure": True, "client-certificates": "optional"}
        for option in ("certificate", "key", "chain", "client-ca"):
            listener[option] = str(self.place / option)
            (self.place / option).touch()
            (self.place / option).chmod(0o200)
        self.server.config["listeners"] = [listener]
        self.server.write_config()
        said = self.refused("--config", self.server.config_path)
        for option in ("certificate", "key", "chain", "client-ca"):
            path = self.place / option
            self.assertRegex(said, rf"listeners\[0\]\.{option}: {path} cannot be opened: Permission denied: "
                             + MAY_NOT_READ.format(path))

    def refused(self, *arguments):
        """What is said of a configuration, before anything else is looked at."""
        done = subprocess.run([*self.command, *arguments, "--check-config"], capture_output=True, text=True,
                              timeout=300, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr

    def test_a_folder_of_the_pid_file_in_which_nothing_may_be_made(self):
        self.place.chmod(0o555)
        path = self.place / "outpostd.pid"
        self.assertRegex(self.refusal("--pid-file", path), f"--pid-file {path}: .*: Permission denied: "
                                                           + MAY_NOT_MAKE.format(self.place))


if __name__ == "__main__":
    unittest.main()
