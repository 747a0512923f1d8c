"""The console in Debian's chromium, over a pair of supervisors: every page at two widths in both themes, a switch seen on an
open page, what a client has sent stays text, who may change something, accessibility, what goes wrong meanwhile, and a policy
that nothing breaks. Whatever the browser itself complains about fails the test that made it.

OUTPOST_SHOTS names a folder for the pictures; without it they go with the test."""
import json
import os
import signal
import time
import unittest

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from page import PageTest, eventually
from content import EVIL, LONG
from admin_test import ask

PAGES = {"overview": "The pair", "traffic": "Latency, at most", "lists": "Autumn renewals", "groups": "Spring@Group",
         "sessions": "maria.gonzalez", "records": EVIL, "records?list=Autumn+renewals&record=62": "Called",
         "dnc": "+15559999", "configuration": "application.dbid", "certificates": "CN=localhost", "log": "outpostd"}


class ConsoleTest(PageTest):
    def test_every_page_at_two_widths_in_both_themes(self):
        self.addCleanup(self.look)
        for page, words in PAGES.items():
            self.resize(1280)
            self.look("light")
            self.open(page)
            self.await_text(words)
            name = page.partition("?")[0] + ("-one" if "record=" in page else "")
            for theme, width in (("light", 1280), ("light", 400), ("dark", 400), ("dark", 1280)):
                with self.subTest(page=page, width=width, theme=theme):
                    self.look(theme)
                    self.resize(width)
                    self.picture(f"{name}-{width}-{theme}", width)
                    self.assertEqual(self.accessibility(theme), [])

    def test_a_switch_is_seen_on_an_open_page_and_withdraws_the_question(self):
        self.open("overview")
        self.await_role("primary")
        eventually(lambda: len(self.a.status()["members"]) == 2, "each knows the other")
        self.click("Switch…")
        self.await_text("Switch the roles?", "dialog")
        try:
            self.a.ctl("switch")
            switched = time.monotonic()
            self.await_role("backup")
            print(f"a switch was on the page {time.monotonic() - switched:.2f} s after the command had ended")
            self.await_text("nothing was done")
            self.assertEqual(self.browser.find_elements(By.CSS_SELECTOR, "dialog"), [])
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
        self.await_text("is primary now")
        self.await_role("backup")
        self.click("Switch…")
        self.click("Switch")
        self.await_role("primary")
        eventually(lambda: self.a.status()["role"] == "primary", "a is primary again")

    def test_what_a_client_has_sent_stays_text(self):
        for page in ("records", "log"):
            self.open(page)
            self.await_text(PAGES[page])
            self.assertEqual(self.browser.execute_script("return document.querySelectorAll('img, main script').length"), 0)

    def test_writing_without_a_token_and_with_one_for_reading(self):
        for token, status in ((None, 401), (self.reader, 403)):
            for path in ("switch", "group", "dnc-add", "reload"):
                self.assertEqual(ask(self.port, "POST", f"/api/{path}", {}, token).status, status, path)

    def test_who_holds_what(self):
        self.open("sessions")
        held = "//tr[td[1]='Spring_2024' and td[2]='1' and td[3]='agent7']"
        eventually(lambda: self.browser.find_elements(By.XPATH, held), "agent7 holds record 1")

    def test_one_record_has_what_is_stored_and_what_was_seen(self):
        self.open("records?list=Spring_2024&record=1")
        self.await_text("Taken by agent7")
        handle = self.a.command("record", list="Spring_2024", record_id=1)["handle"]["handle"]
        self.a.post(f"/records/{handle}?req=UpdateCallCompletionStats", {"GSW_CALL_RESULT": "Busy"})
        self.await_text("call_result: Unknown → Busy", ".timeline .seen")
        self.assertIn("group Spring@Group, campaign Spring", self.text(".timeline"))
        self.assertIn("Last request of agent7 about it", self.text(".timeline .kept"))
        # One that waits, of another zone: when a preview may take it, by its window and the clock there.
        self.open("records?list=Autumn+renewals&record=100")
        self.await_text("A preview may take it", ".timeline .next")
        self.await_text("00:00 to 24:00 CET; it is ")
        self.find("summary").click()
        self.await_text("CONTACT_LAST_NAME")

    def test_a_finder_that_finds_nothing_says_so(self):
        for name, words in (("Two_Campaigns", "No record matches."), (LONG, "No record matches."), ("Nowhere", "Nowhere")):
            self.browser.get("about:blank")
            self.browser.get(f"http://127.0.0.1:{self.port}/#/records?list={name}" + ("&record=1" if name == "Nowhere" else ""))
            self.await_text(words)

    def test_a_group_is_stopped_and_started_and_the_focus_stays(self):
        self.use_token(self.writer)
        self.open("groups")
        row = "//tr[td[1]='Spring@Group']//button[.='{}']"
        eventually(lambda: self.browser.find_elements(By.XPATH, row.format("Stop…")), "it runs")[0].send_keys(Keys.ENTER)
        self.find("dialog button.danger").click()
        start = eventually(lambda: self.browser.find_elements(By.XPATH, row.format("Start")), "it is stopped")[0]
        self.assertEqual(self.focused(), "Start Spring@Group")
        start.click()
        self.await_text("Active → Running")

    def test_an_entry_is_taken_off_the_list_of_the_tenant_that_was_looked_at(self):
        self.use_token(self.writer)
        self.open("dnc")
        self.await_text("+15559999")
        self.find("select[name=tenant] option[value=Subsidiary]").click()  # and not yet Find
        self.find("button[aria-label='Remove… +15559999']").click()
        self.await_text("Resources", "dialog")
        self.click("Take it off")
        self.await_text("is off the list of")
        entries = {tenant: [one.get("phone") for one in self.a.command("dnc-list", tenant=tenant, limit=10)["entries"]]
                   for tenant in ("Resources", "Subsidiary")}
        self.assertEqual(("+15559999" in entries["Resources"], entries["Subsidiary"]), (False, ["+15559999"]))
        self.a.command("dnc-add", tenant="Resources", entries=[{"phone": "+15559999"}])

    def test_a_token_that_ends_while_the_page_is_open(self):
        self.open("overview")
        self.addCleanup(self.a.reload, authentication="none")
        self.a.reload(authentication="token")
        self.await_text("Enter a token", "#banner")
        token = self.a.ctl("token", "add", "short", "--resources", "admin", "--requests", "Read").stdout.strip()
        self.click("Token")
        self.find("dialog input").send_keys(token, Keys.ENTER)
        self.await_live()
        self.assertEqual(self.text("#banner"), "")
        self.a.ctl("token", "revoke", "short")
        self.await_text("Cut off since", "#banner")
        self.browser.execute_script("location.hash = '#/groups'")
        self.await_text("Enter a token")
        self.use_token("")

    def test_the_page_is_cut_off_and_comes_back(self):
        self.open("overview")
        os.kill(self.a.status()["admin"]["pid"], signal.SIGKILL)
        eventually(lambda: self.find("body").get_attribute("data-state") == "cut", "the page says that it is cut off")
        self.assertIn("cut off", self.text("#live"))
        self.assertIn("What is shown is what was known then", self.text("#banner"))
        self.picture("gone-1280", 1280)
        self.assertEqual(self.accessibility(), [])
        self.await_live()
        self.assertEqual(self.text("#banner"), "")

    def test_the_supervisor_is_another_one_while_the_page_is_open(self):
        self.open("traffic")
        before = self.a.status()["pid"]
        self.assertEqual(self.a.stop(), 0)
        self.await_text("Cut off since", "#banner")
        self.a.config["listeners"][1]["port"] = self.port  # the kernel chose it
        self.a.write_config()
        self.a.start(wait=False)
        self.await_live()
        self.await_role("backup")
        self.assertNotEqual(self.a.status()["pid"], before)
        self.a.ctl("switch")
        self.await_role("primary")
        self.a.await_proxy()

    def test_more_lines_than_can_be_read(self):
        self.open("log")
        self.await_text("outpostd")
        with open(self.a.log_directory / "outpost.log", "a", encoding="utf-8") as file:
            for part in range(5):
                file.write("".join(f"2026-01-01T00:00:00.000 flood {part} {i}\n" for i in range(10_000)))
                file.flush()
            file.write("2026-01-01T00:00:00.000 the end of the flood\n\t'second line'\n")
        self.await_text("the end of the flood")
        self.await_text("bytes came too fast and are not shown")
        self.assertLessEqual(len(self.browser.find_elements(By.CSS_SELECTOR, ".log:first-of-type div")), 4002)
        # A line and those that belong to it are found together.
        self.find("input[type=search]").send_keys("second line")
        self.await_text("1 of ")
        self.assertIn("the end of the flood", self.text(".log"))

    def test_the_log_of_the_courier_is_there_while_the_courier_is(self):
        self.open("log")
        self.await_text("Admin proxy")
        self.assertNotIn("Courier", self.text())
        self.a.config["http-client"] = [{}]
        self.a.reload()
        try:
            self.await_text("Courier")
            self.find("input[name=courier]").click()
            self.await_text("outpost-courier", "[aria-label='Log of the Courier']")
        finally:
            del self.a.config["http-client"]
            self.a.reload()
        eventually(lambda: "Courier" not in self.text(), "its log is gone")
        self.await_text("live", "h1 + [role=status]")

    def test_a_clock_that_is_wrong_by_hours(self):
        made = self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {
            "source": "const right = Date.now; Date.now = () => right() + 400 * 24 * 3600 * 1000;"})
        self.addCleanup(self.browser.execute_cdp_cmd, "Page.removeScriptToEvaluateOnNewDocument", made)
        self.open("certificates")
        self.await_text("d left")
        self.assertNotIn("expired", self.text())
        self.assertLess(abs(self.module("api.js", "m.now()") / 1000 - time.time()), 3600)

    def test_by_keyboard(self):
        self.open("overview")
        self.find("body").send_keys(Keys.TAB)
        self.assertEqual(self.browser.switch_to.active_element.text, "Skip to the page")
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), "main")
        self.assertIn("#/overview", self.browser.current_url)
        self.browser.switch_to.active_element.send_keys(Keys.TAB)
        self.assertEqual(self.focused(), "switch")
        self.assertEqual(self.browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle"), "solid")
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.await_text("Switch the roles?", "dialog")
        inside = "return document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)"
        for _ in range(4):  # there are two buttons, and the browser's own window behind them
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            self.assertTrue(self.browser.execute_script(inside))
        self.find("dialog").send_keys(Keys.ESCAPE)
        eventually(lambda: not self.browser.find_elements(By.CSS_SELECTOR, "dialog"), "the question is gone")
        self.assertEqual(self.focused(), "switch")

    def test_how_long_requests_took(self):
        self.open("overview")
        self.await_text("no request in this time")
        self.a.post("/records/999?req=RecordReject", {})
        self.await_text("half of the requests")

    def test_nothing_moves(self):
        # Therefore nobody need say that he prefers so.
        self.open("overview")
        moving = ("return [...document.querySelectorAll('*')].map((one) => getComputedStyle(one))"
                  ".filter((s) => s.transitionDuration !== '0s' || s.animationName !== 'none' || s.scrollBehavior === 'smooth').length")
        self.assertEqual(self.browser.execute_script(moving), 0)

    def test_quantiles_and_rates(self):
        bounds = "[{ le_ms: 1, count: 50 }, { le_ms: 5, count: 99 }, { le_ms: Infinity, count: 100 }]"
        self.assertEqual(self.module("figures.js", f"[0, 0.5, 0.501, 0.99].map((one) => m.quantile({bounds}, one))"), [1, 1, 5, 5])
        self.assertEqual(self.module("figures.js", f"m.atMost(m.quantile({bounds}, 1), {bounds})"), "> 5 ms")
        self.assertEqual(self.module("figures.js", "[m.quantile(null, 0.5), m.quantile([], 0.5), m.quantile([{ le_ms: 1, count: 0 }], 0.5)]"),
                         [None, None, None])
        # What took longer than the last bound is in the count alone; a histogram that began anew says nothing.
        told = "{{ count: {}, sum_ms: 0, buckets: [{{ le_ms: 1, count: {} }}] }}".format
        between = self.module("figures.js", f"m.between({told(2, 1)}, {told(5, 2)}).map((one) => one.count)")
        self.assertEqual(between, [1, 3])
        self.assertIsNone(self.module("figures.js", f"m.between({told(5, 2)}, {told(2, 1)})"))
        self.assertIsNone(self.module("figures.js", f"m.between(undefined, {told(2, 1)})"))
        rates = "m.rates([{}].map(([at, c]) => ({{ at, status: {{ c }} }})), (status) => status.c)".format
        self.assertEqual(self.module("figures.js", rates("[0, 0], [1, 10], [2, 30]")), [None, 10, 20])
        self.assertEqual(self.module("figures.js", rates("[0, 0], [1, 0], [2, 20], [3, 20]")), [None, 10, 10, 10])
        self.assertEqual(self.module("figures.js", rates("[0, 9], [1, 3], [2, 5], [30, 7]")), [None, None, 2, None])

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
