"""The systemd unit's filter of system calls: under it everything of the sandbox is in force, and what a filter forbids is
told as just that."""
import ctypes
import pathlib
import re
import subprocess
import sys
import unittest

from harness import BIN, SystemTest
import engines  # noqa: F401  (makes tests/support known)
from other_user import OTHER_USER, ROOT, programs_for
from other_day import THIS_DAY
import service_filter

HERE = pathlib.Path(__file__).resolve().parent
UNIT = HERE.parent.parent / "etc" / "outpost.service"
MEASURES = ["drop-capabilities", "landlock", "no-new-privileges", "resource-limits", "seccomp", "user"]
# A sanitizer looks for leaks with calls that are meant for debuggers.
NO_LEAK_CHECK = {"ASAN_OPTIONS": "detect_leaks=0", "LSAN_OPTIONS": "detect_leaks=0"}


def has_landlock():
    landlock_create_ruleset, ask_version = 444, 1
    return ctypes.CDLL(None).syscall(landlock_create_ruleset, None, 0, ask_version) >= 1


class ServiceFilter(SystemTest):
    def without(self, *names):
        """A unit as ours, but for these."""
        text = UNIT.read_text()
        for name in names:
            self.assertIn(name, text)
            text = re.sub(rf"(?m)^(SystemCallFilter=.*)\b{name}\b", r"\1", text)
        unit = pathlib.Path(self.directory, "changed.service")
        unit.write_text(text)
        return unit

    def under(self, server, unit=UNIT, user=None, error=None):
        server.environment = NO_LEAK_CHECK
        folder = BIN if user is None else programs_for(server, user)
        return [*(THIS_DAY if user is not None else []), sys.executable, "-B", HERE.parent / "support" / "service_filter.py", unit,
                *(["--user", str(user)] if user is not None else []), *(["--errno", error] if error else []),
                "--", folder / "outpostd", "--config", server.config_path]

    def measures(self, server):
        return {m["name"]: m for m in server.status()["proxy"]["sandbox"]}

    def all_in_force(self, server):
        measures = self.measures(server)
        self.assertEqual(sorted(measures), MEASURES)
        off = {name: m["text"] for name, m in measures.items() if not m["active"]}
        if not has_landlock():
            self.assertIn("the kernel does not have it", off.pop("landlock"))
        self.assertEqual(off, {})
        server.apply()
        self.assertEqual(server.add().status, 200)
        self.assertEqual(server.ctl("reload").returncode, 0)
        self.assertEqual(server.add().status, 200)
        self.assertEqual(server.stop(), 0)

    def test_the_list_of_system_calls_is_that_of_systemd(self):
        listed = service_filter.listed_by_systemd("@system-service")
        if listed is None:
            self.skipTest("there is no systemd-analyze")
        version, names = listed
        ours = set(service_filter.GROUPS["@system-service"])
        if version == service_filter.GROUPS_OF_SYSTEMD:
            self.assertEqual(ours, names)
        elif version > service_filter.GROUPS_OF_SYSTEMD:
            self.assertLessEqual(ours, names)

    def test_under_the_unit_all_measures_are_in_force_for_this_user(self):
        server = self.outpost()
        server.start(command=self.under(server))
        self.all_in_force(server)

    @unittest.skipUnless(ROOT, "only root becomes another user")
    def test_under_the_unit_all_measures_are_in_force_for_another_user(self):
        server = self.outpost()
        server.start(command=self.under(server, user=OTHER_USER))
        self.all_in_force(server)

    def test_a_proxy_that_the_units_filter_kills_is_told_truly(self):
        server = self.outpost(application={"start-requires-http": False})
        unit = self.without("seccomp", "landlock_create_ruleset", "landlock_restrict_self")
        server.start(wait=False, command=self.under(server, unit))
        told = server.notify.wait(r"STATUS=HTTP proxy not running: (.*)", process=server.process).group(1)
        server.notify.wait("READY=1", process=server.process)
        self.assertIn("by one that is around outpostd, such as the service's SystemCallFilter", told)
        self.assertIn("etc/outpost.service", told)
        self.assertIn(told, server.status()["proxy"]["last_exit"])
        server.await_log(re.escape(told))
        self.assertEqual(server.stop(), 0)

    def test_a_measure_that_the_units_filter_refuses_is_told_as_that(self):
        for error, expected in (("EPERM", r"^a filter of system calls around outpostd .* forbids it: "),
                                ("ENOSYS", r"^a filter of system calls around outpostd .* hides it, or the kernel")):
            with self.subTest(error):
                server = self.outpost()
                unit = self.without("seccomp", "landlock_create_ruleset")
                server.start(command=self.under(server, unit, error=error))
                measures = self.measures(server)
                self.assertFalse(measures["landlock"]["active"])
                self.assertRegex(measures["landlock"]["text"], expected)
                if not measures["seccomp"]["active"]:
                    self.assertRegex(measures["seccomp"]["text"], "^a filter of system calls around outpostd .* forbids it")
                self.assertEqual(server.stop(), 0)


class Unit(unittest.TestCase):
    def test_the_units_commands_are_commands_of_ours(self):
        unit = UNIT.read_text()
        for line in re.findall(r"^Exec\w+=/usr/s?bin/(.*)$", unit, re.M):
            program, *arguments = line.split()
            said = subprocess.run([BIN / program, *arguments, "--help"], capture_output=True, text=True, check=False)
            self.assertEqual(said.returncode, 0, line)
        self.assertRegex(unit, r"(?m)^ExecStartPre=/usr/sbin/outpostd .*--check-config$")
        self.assertRegex(unit, r"(?m)^ExecReload=/usr/bin/outpostctl reload$")
        self.assertRegex(unit, r"(?m)^WatchdogSec=\d+$")
        self.assertRegex(unit, r"(?m)^TimeoutStartSec=infinity$")


if __name__ == "__main__":
    unittest.main()
