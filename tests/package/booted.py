"""A root of Debian that systemd has booted, to try the unit as it is: for scripts/package-test."""
import os
import re
import shutil
import socket
import subprocess

from root import ENVIRONMENT, WAIT_S, Root, check, run

# nspawn's own filter is older than Landlock, with which the proxy gives up its rights.
CALLS = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"


class Booted(Root):
    def __enter__(self):
        super().__enter__()
        self.apt("install", "systemd", "systemd-sysv", "dbus")
        self.path("/usr/sbin/policy-rc.d").unlink()  # these services are not ours
        run("umount", self.folder / "proc")
        place = self.folder.parent / "notify"
        place.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(place))
            notify.settimeout(WAIT_S)
            self.boot(str(place))
            self.await_boot(notify)
        return self

    def boot(self, notify):
        """It has our network, for what apt fetches, and no more of this machine."""
        self.console = open(self.folder.parent / "console.log", "w", encoding="utf-8")
        self.machine = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={self.folder}", "--boot", "--notify-ready=yes", "--register=no",
             "--keep-unit", "--console=pipe", "--kill-signal=SIGRTMIN+3", "--resolv-conf=off",
             f"--system-call-filter={CALLS}"],
            env={**ENVIRONMENT, "NOTIFY_SOCKET": notify}, stdin=subprocess.DEVNULL, stdout=self.console,
            stderr=subprocess.STDOUT)

    def await_boot(self, notify):
        """nspawn says under which process the machine runs, and the machine's systemd when it is up."""
        told = ""
        while "READY=1" not in told:
            try:
                told = notify.recv(8192).decode()
            except TimeoutError:
                self.halt()
                check(False, f"systemd does not boot in {self.folder}; see {self.console.name}")
            if found := re.search(r"X_NSPAWN_LEADER_PID=(\d+)", told):
                self.enter = ["nsenter", f"--target={found.group(1)}", "--all", "--root", "--wd"]

    def halt(self):
        self.machine.terminate()
        try:
            self.machine.wait(timeout=WAIT_S)
        finally:
            self.machine.kill()
            self.console.close()

    def __exit__(self, *error):
        self.halt()
        super().__exit__(*error)

    def give(self, name, text):
        path = self.path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def copy(self, file, name):
        """As root's own, which nobody else may read."""
        shutil.copy(file, self.path(name))
        self.path(name).chmod(0o600)

    def property(self, name, unit="outpost"):
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def is_active(self):
        return self.property("ActiveState") == "active"


def make_certificate(folder):
    """A certificate of its own for localhost, and its key."""
    made = [folder / "tls.crt", folder / "tls.key"]
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", made[0], "-keyout", made[1])
    os.chmod(made[1], 0o600)
    return made
