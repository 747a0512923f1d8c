"""scripts/run --mobile shows the mobile services for real: with the programs under test, and with its output in a file."""
import pathlib
import subprocess
import unittest

from harness import BIN, SCALE, SystemTest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class MobileTour(SystemTest):
    def test_the_tour_of_a_node_does_what_it_says(self):
        log = pathlib.Path(self.directory, "log.txt")
        folder = pathlib.Path(self.directory, "tour")
        with open(log, "wb") as file:
            done = subprocess.run([ROOT / "scripts" / "run", "--mobile", "--once", "--programs", BIN, "--dir", folder],
                                  check=False, stdin=subprocess.DEVNULL, stdout=file, stderr=file, timeout=300 * SCALE)
        text = log.read_text(errors="replace")
        self.assertEqual(done.returncode, 0, text[-4000:])
        self.assertIn("== Two more nodes, over one PostgreSQL", text)
        self.assertIn("stopped; what it wrote is in", text.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
