"""The OpenAPI document in the hands of others: redocly finds nothing in it, and a client in TypeScript that is generated from
it compiles strictly and works."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import BIN, SharedServerTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests" / "openapi"
MODULES = ROOT / "build" / "deps" / "openapi" / "node_modules"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}  # it asks nobody anything


@unittest.skipUnless(shutil.which("node") and MODULES.is_dir(), "needs Node.js and its modules: scripts/setup clients")
class OpenapiClient(SharedServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        for name in ("client.ts", "tsconfig.json", "redocly.yaml", "package.json"):
            shutil.copy(SOURCES / name, cls.directory)
        (cls.directory / "node_modules").symlink_to(MODULES)
        with open(cls.directory / "openapi.json", "wb") as file:
            subprocess.run([BIN / "outpostd", "--print-openapi"], stdout=file, check=True)

    def run_tool(self, *command):
        done = subprocess.run(command, cwd=self.directory, env={**os.environ, **QUIET}, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_redocly_finds_nothing(self):
        self.run_tool("node", "node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.json")

    def test_a_generated_client_compiles_and_works(self):
        self.run_tool("node", "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "-o", "schema.d.ts")
        self.run_tool("node", "node_modules/typescript/bin/tsc", "-p", ".")
        told = self.run_tool("node", "built/client.js", f"http://127.0.0.1:{self.server.port}")
        self.assertEqual(told, "+15550100 CampaignStarted\n")
        self.assertEqual(self.server.rows("SELECT contact_info_type, record_status, call_result FROM records"), [(4, 3, 33)])


if __name__ == "__main__":
    unittest.main()
