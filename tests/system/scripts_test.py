"""What holds for every script of the repository."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class ScriptsTest(unittest.TestCase):
    def test_no_script_opens_a_standard_stream_by_its_path(self):
        # An open file that is opened again by such a path is cut off, and written from its front.
        path = re.compile("/dev/" + "(std(in|out|err)|fd/)|/proc/(self|\\$\\$)/" + "fd/")
        texts = [file for folder in (".ci", "scripts", "tests", "etc") for file in (ROOT / folder).rglob("*")
                 if file.is_file() and "corpus" not in file.parts and file.suffix in ("", ".py", ".sh", ".lua", ".service")]
        self.assertGreater(len(texts), 50)
        found = [f"{file.relative_to(ROOT)}:{n}" for file in texts
                 for n, line in enumerate(file.read_text().splitlines(), 1) if path.search(line)]
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
