"""The console in Debian's chromium, over a pair of supervisors: every page at two widths, a switch seen on an open page, what
a client has sent stays text, who may change something, accessibility, and a policy that nothing breaks.

OUTPOST_SHOTS names a folder for the pictures; without it they go with the test."""
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
import engines  # noqa: E402
from admin_test import ADMIN, DATA, admin_ports, ask  # noqa: E402
from harness import SCALE, Outpost, eventually, sanitizer_findings  # noqa: E402

AXE = ROOT / "build/deps/browser/node_modules/axe-core/axe.min.js"
PAGES = ("overview", "traffic", "lists", "groups", "sessions", "records", "dnc", "configuration", "certificates", "log")
WIDTHS = (1280, 400)
EVIL = "<img src=x onerror=alert(1)>"


def start_browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--no-first-run", f"--user-data-dir={folder}/profile"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


class ConsoleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="outpost-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.shots = pathlib.Path(os.environ.get("OUTPOST_SHOTS", cls.directory / "shots"))
        cls.shots.mkdir(parents=True, exist_ok=True)
        cls.store = engines.new_store(cls.directory)
        cls.addClassCleanup(cls.store.close)
        cls.a, cls.b = cls.node("a"), cls.node("b")
        cls.a.start()
        cls.a.apply()
        cls.fill()
        cls.b.start(wait=False)
        cls.b.notify.wait("READY=1", process=cls.b.process)
        cls.port = admin_ports(cls.a)["admin"]
        cls.browser = start_browser(cls.directory)
        cls.addClassCleanup(cls.browser.quit)

    @classmethod
    def node(cls, name):
        folder = cls.directory / name
        folder.mkdir()
        node = Outpost(folder, store=cls.store, listeners=[DATA, ADMIN],
                       redundancy={"enabled": True, "name": name, "lease-time": 20_000, "renewal-interval": 250})
        cls.addClassCleanup(cls.finish, node)
        return node

    @classmethod
    def finish(cls, node):
        node.close()
        findings = sanitizer_findings((node.directory / "stderr.txt").read_text(errors="replace"))
        assert not findings, findings

    @classmethod
    def fill(cls):
        cls.writer = cls.a.ctl("token", "add", "operator", "--resources", "admin").stdout.strip()
        cls.reader = cls.a.ctl("token", "add", "watcher", "--resources", "admin", "--requests", "Read").stdout.strip()
        rows = cls.directory / "contacts.csv"
        rows.write_text("contact_info,tz_name\n" + f'"{EVIL}@example.org",GMT\n' +
                        "".join(f"+1555010{i:04},GMT\n" for i in range(60)))
        cls.a.ctl("import", "Spring_2024", str(rows))
        cls.a.post("/campaigngroups/201?req=PreviewRecordRequest", {"GSW_AGENT_ID": "agent7"})
        cls.a.ctl("dnc", "add", "--phone", "+15559999")

    def setUp(self):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.browser.get(f"http://127.0.0.1:{self.port}/")
        self.use_token("")

    def tearDown(self):
        # What is refused is a line in the console of the browser, by itself; everything else is ours.
        entries = [one for one in self.browser.get_log("browser") if one["level"] in ("SEVERE", "WARNING")]
        ours = [one["message"] for one in entries if "Failed to load resource" not in one["message"]]
        self.assertEqual(ours, [])

    def use_token(self, token):
        self.browser.execute_script("sessionStorage.setItem('outpost-token', arguments[0])", token)

    def open(self, page):
        """A page of its own, loaded anew, that is live."""
        self.browser.get("about:blank")
        self.browser.get(f"http://127.0.0.1:{self.port}/#/{page}")
        self.await_live()

    def await_live(self):
        eventually(lambda: self.find("body").get_attribute("data-state") == "live", "the page is live")

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector="main"):
        try:
            return self.find(selector).text
        except StaleElementReferenceException:
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

    WHAT = {"overview": "The pair", "traffic": "Responses per second", "lists": "Spring_2024", "groups": "Spring@Group",
            "sessions": "agent7", "records": EVIL, "dnc": "+15559999", "configuration": "application.dbid",
            "certificates": "no listener with TLS", "log": "outpostd"}

    def test_every_page_at_two_widths(self):
        for width in WIDTHS:
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            for page in PAGES:
                with self.subTest(page=page, width=width):
                    self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                    self.open(page)
                    self.await_text(self.WHAT[page])
                    height, across = self.browser.execute_script(
                        "const e = document.documentElement; return [e.scrollHeight, e.scrollWidth]")
                    self.assertLessEqual(across, width, "the page itself is not wider than the screen")
                    self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**size, "height": min(height, 2000)})
                    self.browser.save_screenshot(str(self.shots / f"{page}-{width}.png"))
                    self.assertEqual(self.accessibility(), [])

    def accessibility(self):
        if not AXE.exists():
            return []
        self.browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text()})
        found = self.browser.execute_async_script(
            "const done = arguments[0]; axe.run().then(r => done(r.violations.map(v => "
            "[v.id, v.impact, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])))")
        return [one for one in found if one[1] in ("serious", "critical")]

    def test_a_switch_is_seen_on_an_open_page(self):
        self.open("overview")
        eventually(lambda: self.find("body").get_attribute("data-role") == "primary", "a is primary")
        eventually(lambda: len(self.a.status()["members"]) == 2, "each knows the other")
        try:
            self.a.ctl("switch")
            switched = time.monotonic()
            eventually(lambda: self.find("body").get_attribute("data-role") == "backup", "the page says backup")
            print(f"a switch was on the page {time.monotonic() - switched:.2f} s after the command had ended")
        finally:
            if self.a.status()["role"] != "primary":
                self.a.ctl("switch")
            eventually(lambda: self.a.status()["role"] == "primary", "a is primary again")

    def test_a_switch_by_hand_asks_first_and_needs_a_writing_token(self):
        eventually(lambda: len(self.a.status()["members"]) == 2, "each knows the other")
        for token, words in (("", "Enter a token"), (self.reader, "request Write is needed")):
            self.use_token(token)
            self.open("overview")
            self.click("Switch…")
            self.await_text("Switch the roles?", "dialog")
            self.find("dialog").send_keys(Keys.ESCAPE)
            eventually(lambda: not self.browser.find_elements(By.CSS_SELECTOR, "dialog"), "the question is gone")
            self.assertEqual(self.a.status()["role"], "primary")
            self.click("Switch…")
            self.click("Switch")
            self.await_text(words)
            self.assertEqual(self.a.status()["role"], "primary")
        self.use_token(self.writer)
        self.open("overview")
        self.click("Switch…")
        self.click("Switch")
        self.await_text("b is primary now")
        eventually(lambda: self.find("body").get_attribute("data-role") == "backup", "the page says backup")
        self.click("Switch…")
        self.click("Switch")
        self.await_text("a is primary now")

    def test_what_a_client_has_sent_stays_text(self):
        for page in ("records", "log"):
            self.open(page)
            self.await_text(self.WHAT[page])
            self.assertEqual(self.browser.execute_script("return document.querySelectorAll('img, main script').length"), 0)

    def test_writing_without_a_token_and_with_one_for_reading(self):
        for token, status in ((None, 401), (self.reader, 403)):
            for path in ("switch", "group", "dnc-add", "reload"):
                self.assertEqual(ask(self.port, "POST", f"/api/{path}", {}, token).status, status, path)

    def test_who_holds_what(self):
        self.open("sessions")
        held = "//tr[td[1]='Spring_2024' and td[2]='1' and td[3]='agent7']"
        eventually(lambda: self.browser.find_elements(By.XPATH, held), "agent7 holds record 1")

    def test_a_group_is_stopped_and_started(self):
        self.use_token(self.writer)
        self.open("groups")
        row = "//tr[td[1]='Spring@Group']//button[.='{}']"
        eventually(lambda: self.browser.find_elements(By.XPATH, row.format("stop")), "it runs")[0].click()
        self.find("dialog button.danger").click()
        eventually(lambda: self.browser.find_elements(By.XPATH, row.format("start")), "it is stopped")[0].click()
        self.await_text("Active → Running")

    def test_the_page_is_cut_off_and_comes_back(self):
        self.open("overview")
        os.kill(self.a.status()["admin"]["pid"], 9)
        eventually(lambda: self.find("body").get_attribute("data-state") == "cut", "the page says that it is cut off")
        self.assertIn("cut off", self.text("#live"))
        self.await_live()

    def test_by_keyboard(self):
        self.open("overview")
        self.find("body").send_keys(Keys.TAB)
        self.assertEqual(self.browser.switch_to.active_element.text, "Skip to the page")
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), "main")
        self.assertIn("#/overview", self.browser.current_url)

    def test_the_files_and_their_headers(self):
        page = ask(self.port, "GET", "/")
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", page.headers["Content-Security-Policy"])
        self.assertEqual((page.headers["Cache-Control"], page.headers["X-Content-Type-Options"]), ("no-cache", "nosniff"))
        tag = page.headers["ETag"]
        again = ask(self.port, "GET", "/", **{"If-None-Match": tag})
        self.assertEqual((again.status, again.body), (304, b""))
        script = ask(self.port, "GET", f"/console/{json.loads(tag)}/app.js")
        self.assertIn("immutable", script.headers["Cache-Control"])
        self.assertEqual(ask(self.port, "GET", "/api/groups").headers["Cache-Control"], "no-store")


if __name__ == "__main__":
    unittest.main()
