"""A pair of supervisors with much in it, and one browser that looks at its console."""
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
import content  # noqa: E402
import engines  # noqa: E402
from admin_test import ADMIN, DATA, admin_ports  # noqa: E402
from harness import Outbound, eventually, sanitizer_findings  # noqa: E402
from hostile import make_certificate  # noqa: E402

AXE = ROOT / "build/deps/browser/node_modules/axe-core/axe.min.js"


def start_browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--no-first-run", f"--user-data-dir={folder}/profile"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.shots = pathlib.Path(os.environ.get("OUTPOST_SHOTS", cls.directory / "shots"))
        cls.shots.mkdir(parents=True, exist_ok=True)
        cls.store = engines.new_store(cls.directory)
        cls.addClassCleanup(cls.store.close)
        secure = {"name": "secure", "address": "127.0.0.1", "port": 0, **make_certificate(cls.directory)}
        cls.a, cls.b = cls.node("a", [DATA, ADMIN, secure]), cls.node("b", [DATA, ADMIN])
        cls.a.start()
        cls.a.apply(content.FULL)
        content.fill(cls.a)
        cls.writer = cls.a.ctl("token", "add", "operator", "--resources", "admin").stdout.strip()
        cls.reader = cls.a.ctl("token", "add", "watcher", "--resources", "admin", "--requests", "Read").stdout.strip()
        cls.b.start(wait=False)
        cls.b.notify.wait("READY=1", process=cls.b.process)
        cls.port = admin_ports(cls.a)["admin"]
        cls.browser = start_browser(cls.directory)
        cls.addClassCleanup(cls.browser.quit)

    @classmethod
    def node(cls, name, listeners):
        folder = cls.directory / name
        folder.mkdir()
        node = Outbound(folder, store=cls.store, listeners=listeners,
                        redundancy={"enabled": True, "name": name, "lease-time": 20_000, "renewal-interval": 250})
        cls.addClassCleanup(cls.finish, node)
        return node

    @classmethod
    def finish(cls, node):
        node.close()
        findings = sanitizer_findings((node.directory / "stderr.txt").read_text(errors="replace"))
        assert not findings, findings

    def setUp(self):
        self.resize(1280)
        self.browser.get(f"http://127.0.0.1:{self.port}/")
        self.use_token("")

    def tearDown(self):
        # What is refused is a line in the console of the browser, by itself; everything else is ours.
        entries = [one for one in self.browser.get_log("browser") if one["level"] in ("SEVERE", "WARNING")]
        ours = [one["message"] for one in entries if "Failed to load resource" not in one["message"]]
        self.assertEqual(ours, [])

    def resize(self, width, height=900):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def look(self, theme="light"):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                     {"features": [{"name": "prefers-color-scheme", "value": theme}]})

    def picture(self, name, width):
        """The whole page, as far as it can be looked at."""
        height, across = self.browser.execute_script("const e = document.documentElement; return [e.scrollHeight, e.scrollWidth]")
        self.assertLessEqual(across, width, "the page itself is not wider than the screen")
        self.resize(width, min(height, 2000))
        self.browser.save_screenshot(str(self.shots / f"{name}.png"))

    def use_token(self, token):
        self.browser.execute_script("sessionStorage.setItem('outpost-token', arguments[0])", token)

    def open(self, page):
        """A page of its own, loaded anew, that is live."""
        self.browser.get("about:blank")
        self.browser.get(f"http://127.0.0.1:{self.port}/#/{page}")
        self.await_live()

    def await_live(self):
        eventually(lambda: self.find("body").get_attribute("data-state") == "live", "the page is live")

    def await_role(self, role):
        eventually(lambda: self.find("body").get_attribute("data-role") == role, f"the page says {role}")

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector="main"):
        try:
            return self.find(selector).text
        except (NoSuchElementException, StaleElementReferenceException):
            return ""

    def await_text(self, text, selector="main"):
        eventually(lambda: text in self.text(selector), f"{text!r} is shown")

    def click(self, name):
        """A button by what it says."""
        def clicked():
            try:
                for one in self.browser.find_elements(By.CSS_SELECTOR, "button"):
                    if one.text == name and one.is_enabled():
                        one.click()
                        return True
            except StaleElementReferenceException:  # the page has drawn it anew
                pass
            return False
        eventually(clicked, f"the button {name}")

    def focused(self):
        """What has the focus: its name, or what it says."""
        return self.browser.execute_script("const a = document.activeElement; return a.getAttribute('aria-label') ?? a.id ?? a.textContent")

    def module(self, name, body):
        """The value of `body`, an expression over the members of a module of the console."""
        value = self.browser.execute_async_script(
            "const done = arguments[0]; const at = document.querySelector('script[type=module]').src;"
            f"import(new URL('{name}', at).href).then((m) => done({{ value: ({body}) }})).catch((e) => done({{ error: String(e) }}))")
        self.assertNotIn("error", value)
        return value["value"]

    def accessibility(self, theme="light"):
        """What is serious. In the dark the page is the same but for its colours."""
        if not AXE.exists():
            return []
        if not self.browser.execute_script("return typeof axe !== 'undefined'"):
            self.browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text()})
        found = self.browser.execute_async_script(
            "const [only, done] = arguments; axe.run({ resultTypes: ['violations'], ...only }).then(r => done(r.violations.map(v => "
            "[v.id, v.impact, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])))",
            {} if theme == "light" else {"runOnly": ["color-contrast"]})
        return [one for one in found if one[1] in ("serious", "critical")]
