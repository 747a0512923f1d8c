"""control.group: its members may use the control socket, for daily work; nobody else may, and a group that does not exist
is refused by name."""
import grp
import os
import pwd
import re
import shutil
import stat
import subprocess
import unittest

from harness import BIN, SCALE, SharedServerTest, SystemTest  # which knows where tests/support is

import control_client

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


# Connects until one is not welcomed; says how many were, and keeps them while standard input is open.
CROWD = """
import socket, struct, sys
peers = []
while True:
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.connect(sys.argv[1])
    try:
        peer.sendall(bytes.fromhex(sys.argv[2]))
        if not peer.recv(1):
            break
    except ConnectionError:
        break
    peers.append(peer)
print(len(peers), flush=True)
sys.stdin.read()
"""


@unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
class Members(SharedServerTest):
    GROUP = next(g for g in grp.getgrall() if g.gr_gid not in (0, MEMBER))
    WHO = re.escape(f"uid {MEMBER} ({pwd.getpwuid(MEMBER).pw_name}), pid ") + r"\d+"
    options = {"control": {"group": GROUP.gr_name}}

    def setUp(self):
        super().setUp()
        os.chmod(self.server.directory, 0o755)

    def as_member(self, *program, groups=None):
        groups = groups or f"--groups={self.GROUP.gr_gid}"
        return ["setpriv", f"--reuid={MEMBER}", f"--regid={MEMBER}", groups, *program]

    def test_a_member_does_daily_work_and_nothing_more(self):
        program = self.server.directory / "outpostctl"
        shutil.copy(BIN / "outpostctl", program)

        def ctl(*arguments, groups=None):
            return subprocess.run([*self.as_member(program, groups=groups), "--socket", self.server.control, *arguments],
                                  capture_output=True, text=True, check=False, timeout=60 * SCALE, input="{}")

        for arguments in (["status"], ["records", "Spring_2024"], ["stats"], ["dnc", "add", "--phone", "+15550100"],
                          ["group", "stop", "201"], ["records", "recycle", "Spring_2024", "--all"]):
            done = ctl(*arguments)
            self.assertEqual(done.returncode, 0, (arguments, done.stderr))
        for arguments in (["stop"], ["reload"], ["reopen-logs"], ["role", "backup"], ["switch"], ["token", "add", "x"],
                          ["apply", "-"]):
            done = ctl(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("members of control.group may not do this", done.stderr)
        self.assertIsNone(self.server.process.poll())
        stranger = ctl("status", groups="--clear-groups")
        self.assertEqual(stranger.returncode, 3)
        self.assertIn("control.group", stranger.stderr)
        for line in (f"40052 {self.WHO}: token-add refused: members of control.group may not do this",
                     f'40053 audit: {self.WHO}: group command="stop" group="201": done'):
            self.server.await_log(line)

    def test_members_leave_connections_to_the_owner(self):
        hello = control_client.hello().hex()
        crowd = subprocess.Popen(self.as_member("python3", "-I", "-c", CROWD, self.server.control, hello),
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with crowd:
            self.assertEqual(crowd.stdout.readline().strip(), "48")
            self.assertEqual(self.server.command("health")["role"], "primary")
            crowd.stdin.close()
        self.server.await_log(f"40052 control connection refused: {self.WHO}: 48 control connections are open already")


if __name__ == "__main__":
    unittest.main()
