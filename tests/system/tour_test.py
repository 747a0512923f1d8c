"""scripts/run shows the main job for real: with the programs under test, and with its output in a file."""
import pathlib
import re
import subprocess
import unittest

from harness import BIN, SCALE, SystemTest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class TourTest(SystemTest):
    def test_a_log_of_the_tour_is_whole_and_keeps_no_secret(self):
        log = pathlib.Path(self.directory, "log.txt")
        folder = pathlib.Path(self.directory, "tour")
        with open(log, "wb") as file:
            # One description of one open file, as a shell's >log 2>&1 makes it.
            done = subprocess.run([ROOT / "scripts" / "run", "--once", "--programs", BIN, "--dir", folder], check=False,
                                  stdin=subprocess.DEVNULL, stdout=file, stderr=file, timeout=500 * SCALE)
        text = log.read_text(errors="replace")
        self.assertEqual(done.returncode, 0, text[-4000:])
        self.assertIn("== Starting the daemon in", text.splitlines()[1])
        self.assertIn("stopped; what it wrote is in", text.splitlines()[-1])
        self.assertNotIn("\0", text)
        self.assertIn("Authorization", text)
        self.assertEqual(re.findall(r"outpost_[A-Za-z0-9_-]{20,}", text), [])
        self.assertNotIn("PRIVATE KEY", text)


if __name__ == "__main__":
    unittest.main()
