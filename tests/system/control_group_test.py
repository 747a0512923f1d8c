"""control.group: its members may use the control socket, for daily work; nobody else may, and a group that does not exist
is refused by name."""
import grp
import os
import shutil
import stat
import subprocess
import unittest

from harness import BIN, SCALE, SystemTest

GROUP = grp.getgrgid(os.getegid()).gr_name
MEMBER = 65534


class ControlGroup(SystemTest):
    def test_a_group_that_is_missing_is_refused_by_name(self):
        server = self.outpost()
        server.config["control"]["group"] = "no-such-group"
        server.write_config()
        for more in (["--check-config"], []):
            done = subprocess.run([BIN / "outpostd", "--config", server.config_path, *more], capture_output=True,
                                  text=True, check=False, timeout=60 * SCALE)
            self.assertEqual(done.returncode, 1)
            self.assertIn('control.group: this host has no group "no-such-group"', done.stderr)

    def test_the_socket_is_the_groups(self):
        server = self.outpost()
        server.config["control"]["group"] = GROUP
        server.write_config()
        server.start()
        info = os.stat(server.control)
        self.assertEqual((stat.S_IMODE(info.st_mode), info.st_gid), (0o660, os.getegid()))

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_a_member_does_daily_work_and_nothing_more(self):
        group = next(g for g in grp.getgrall() if g.gr_gid not in (0, MEMBER))
        server = self.outpost()
        server.config["control"]["group"] = group.gr_name
        server.write_config()
        server.start()
        server.apply()
        os.chmod(server.directory, 0o755)
        program = server.directory / "outpostctl"
        shutil.copy(BIN / "outpostctl", program)

        def ctl(*arguments, groups=(f"--groups={group.gr_gid}",)):
            return subprocess.run(["setpriv", f"--reuid={MEMBER}", f"--regid={MEMBER}", *groups, program, "--socket",
                                   server.control, *arguments], capture_output=True, text=True, check=False,
                                  timeout=60 * SCALE, input="{}")

        for arguments in (["status"], ["records", "Spring_2024"], ["stats"], ["dnc", "add", "--phone", "+15550100"],
                          ["group", "stop", "201"], ["records", "recycle", "Spring_2024", "--all"]):
            done = ctl(*arguments)
            self.assertEqual(done.returncode, 0, (arguments, done.stderr))
        for arguments in (["stop"], ["reload"], ["reopen-logs"], ["role", "backup"], ["switch"], ["token", "add", "x"],
                          ["apply", "-"]):
            done = ctl(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("members of control.group may not do this", done.stderr)
        self.assertIsNone(server.process.poll())
        stranger = ctl("status", groups=("--clear-groups",))
        self.assertEqual(stranger.returncode, 3)
        self.assertIn("control.group", stranger.stderr)


if __name__ == "__main__":
    unittest.main()
