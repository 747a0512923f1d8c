"""An installation: programs in their folders, under a service manager with a journal and credentials; what shells complete;
the configuration to begin with."""
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import unittest

from harness import BIN, SystemTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ETC = ROOT / "etc"


class Installed(SystemTest):
    def programs(self, folder):
        """As CMake installs them."""
        for place, program in (("sbin", "outpostd"), ("libexec/outpost", "outpost-proxy")):
            (folder / place).mkdir(parents=True)
            try:
                os.link(BIN / program, folder / place / program)
            except OSError:  # another file system
                shutil.copy(BIN / program, folder / place)
        return folder / "sbin" / "outpostd"

    def credentials(self, folder):
        """As systemd hands them over: of root, and readable for the group by an access control list's mask."""
        folder.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
                       check=True, capture_output=True)
        (folder / "tls.key").chmod(0o440)
        return folder

    def test_the_proxy_is_found_keys_are_credentials_and_the_journal_is_told_what_is_grave(self):
        named = {"certificate": "$CREDENTIALS_DIRECTORY/tls.crt", "key": "$CREDENTIALS_DIRECTORY/tls.key"}
        server = self.outpost(listeners=[{"name": "secure", "address": "127.0.0.1", "port": 0, "secure": True, **named}])
        outpostd = self.programs(server.directory / "prefix")
        credentials = self.credentials(server.directory / "credentials")
        stderr = server.directory / "stderr.txt"
        stderr.touch()
        journal = f"{stderr.stat().st_dev}:{stderr.stat().st_ino}"
        server.environment = {"CREDENTIALS_DIRECTORY": str(credentials), "JOURNAL_STREAM": journal}
        server.start(command=[outpostd, "--config", server.config_path])
        self.assertEqual(os.readlink(f"/proc/{server.proxy_pid}/exe"),
                         str(server.directory / "prefix/libexec/outpost/outpost-proxy"))
        context = ssl.create_default_context(cafile=credentials / "tls.crt")
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as peer, context.wrap_socket(peer, server_hostname="localhost") as secured:
            self.assertEqual(secured.getpeercert()["subject"], ((("commonName", "localhost"),),))
        os.kill(server.proxy_pid, signal.SIGKILL)
        server.await_proxy()
        self.assertEqual(server.stop(), 0)
        lines = stderr.read_text().splitlines()
        self.assertTrue(all(re.match(r"<[3-6]>", line) for line in lines), lines)
        self.assertTrue(any(re.match(r"<6>Std 40001 outpostd .* starts", line) for line in lines), lines)
        self.assertTrue(any(re.match(r"<4>Std 40033 HTTP proxy killed by signal 9", line) for line in lines), lines)
        # What ends a start is grave; a stream that is not the journal's gets it as it is.
        server.config_path.write_text("{")
        for stream, begin in ((journal, "<3>"), ("1:1", "")):
            with open(stderr, "w") as said:
                subprocess.run([outpostd, "--config", server.config_path], stderr=said, check=False,
                               env={**os.environ, "JOURNAL_STREAM": stream})
            self.assertTrue(stderr.read_text().startswith(f"{begin}{server.config_path}: "), stderr.read_text())


class Completion(unittest.TestCase):
    def complete(self, *words, program="outpostctl"):
        """What bash offers for the last of these words."""
        script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$1"; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", ETC / "completion" / f"{program}.bash", program, *words],
                              capture_output=True, text=True, check=True, cwd=ETC)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_commands_options_words_and_files(self):
        self.assertEqual(self.complete("imp"), ["import", "imports"])
        self.assertEqual(self.complete("group", "un"), ["unload"])
        self.assertEqual(self.complete("--socket", "x", "token", "rev"), ["revoke"])
        self.assertEqual(self.complete("import", "L", "f.csv", "--dup"), ["--duplicates"])
        self.assertEqual(self.complete("import", "--duplicates", ""), ["keep", "skip", "refuse"])
        self.assertEqual(self.complete("import", "--duplicates", "=", "s"), ["skip"])
        self.assertEqual(self.complete("import", "L", "outpost.sam"), ["outpost.sample.json"])
        self.assertEqual(self.complete("import", "outpost.sam"), [])  # the list comes first
        self.assertEqual(self.complete("status", "im"), [])
        self.assertEqual(self.complete("--config", "outpost.sam", program="outpostd"), ["outpost.sample.json"])

    def test_every_command_is_completed_and_in_the_manual(self):
        page = (ETC / "man" / "outpostctl.1").read_text()
        said = subprocess.run([BIN / "outpostctl", "--help"], capture_output=True, text=True, check=True).stdout
        commands = re.findall(r"^  ([a-z-]+) +[A-Z]", said.split("Subcommands:")[1].split("Exit status:")[0], re.M)
        self.assertGreater(len(commands), 15)
        offered = self.complete("")
        for command in commands:
            self.assertIn(command, offered)
            self.assertIn(f'.Ss "\\&{command}"\n', page)


class Configuration(unittest.TestCase):
    def test_the_configuration_to_begin_with_is_valid(self):
        for name in ("outpost.json", "mobile.json", "outpost.sample.json", "mobile.sample.json"):
            said = subprocess.run([BIN / "outpostd", "--config", ETC / name, "--check-config"], capture_output=True,
                                  text=True, check=False)
            # This machine may give a process fewer descriptors than a unit does.
            told = [line for line in said.stderr.splitlines() if "http-max-connections" not in line]
            self.assertEqual((said.returncode, told), (0, []), name)

    def test_the_units_differ_in_their_places_alone(self):
        outbound, mobile = ((ETC / f"{name}.service").read_text() for name in ("outpost", "outpost-mobile"))

        def settings(unit):
            """Those that have to do with neither place nor size."""
            own = ("Description", "Exec", "Alias", "RuntimeDirectory=", "StateDirectory=", "LogsDirectory=", "LimitNOFILE")
            lines = [line for line in unit.splitlines() if line and not line.startswith("#")]
            return [line for line in lines if not line.startswith(own)]

        self.assertEqual(settings(outbound), settings(mobile))


if __name__ == "__main__":
    unittest.main()
