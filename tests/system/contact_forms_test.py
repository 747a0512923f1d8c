"""Contacts compare by what a person reads, wherever they are compared; what shows nothing, or is no phone number, is not
taken, wherever it comes from."""
import csv
import io
import unittest
import urllib.parse

from harness import SystemTest

# As a client may send it, and as a person would type it.
SPELLINGS = (("+15552001\u00a0", "+15552001"), ("\u202a+15552002\u202c", "+15552002"), (" +15552003", "+15552003"),
             ("+1-555-2004", "+15552004"), ("(555) 555-2006", "5555552006"))
BLANKS = (" ", "\u200b", "\u00a0\u202a")
NO_PHONES = ("   ", "\u200b", "+1555\n0100", "+1555\t0100", "1.55502E+10", "15550213.0", "#N/A", "#REF!")


def path(resource, value):
    return f"/{resource}/{urllib.parse.quote(value, safe='')}"


class ContactForms(SystemTest):
    def stored(self, server):
        return {contact: status for contact, status in server.rows("SELECT contact_info, record_status FROM records")}

    def test_a_number_is_found_cancelled_and_blocked_however_it_is_written(self):
        server = self.running()
        for sent, typed in SPELLINGS:
            server.add(sent)
            found = server.ctl_json("records", "Spring_2024", "--contact", typed)["records"]
            self.assertEqual([record["contact_info"] for record in found], [sent])
            cancelled = server.post(f"{path('phones', typed)}?req=RequestRecordCancel")
            self.assertEqual((cancelled.status, cancelled.json["GSW_MESSAGE"]), (200, "1 record was cancelled"))
        self.assertEqual(self.stored(server), {sent: 5 for sent, _ in SPELLINGS})

        for sent, typed in SPELLINGS:
            blocked = server.post(f"{path('phones', typed)}?req=DoNotCall")
            self.assertEqual((blocked.status, blocked.json["GSW_MESSAGE"]), (200, "1 record matches"))
            server.add(sent)
        server.add("+15559999")
        self.assertEqual(server.preview().json["GSW_PHONE"], "+15559999")
        self.assertEqual(server.preview().json["GSW_USER_EVENT"], "PreviewRecordEmpty")

    def test_do_not_call_commands_take_a_number_however_it_is_written_and_count_its_records(self):
        server = self.running()
        for sent, _ in SPELLINGS:
            server.add(sent)
        file = server.directory / "dnc.csv"
        with open(file, "w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([["phone"], *[[typed] for _, typed in SPELLINGS[1:]], [" "], ["1.5E+10"]])
        self.assertIn("1 added, 0 in the list already; 1 record matches",
                      server.ctl("dnc", "add", "--phone", "+1 555 2001").stdout)
        imported = server.ctl("dnc", "import", str(file), check=False)
        self.assertEqual(imported.returncode, 5)
        self.assertIn("added 4 entries", imported.stdout)
        self.assertIn("4 records match", imported.stdout)
        rejects = list(csv.reader(io.StringIO((server.directory / "dnc.csv.rejects.csv").read_text())))
        self.assertEqual([row[:2] for row in rejects[1:]], [["6", "phone"], ["7", "phone"]])
        listed = server.ctl_json("dnc", "list", "--phone", "+15552001")["entries"]
        self.assertEqual([entry["phone"] for entry in listed], ["+1 555 2001"])
        self.assertEqual(server.preview().json["GSW_USER_EVENT"], "PreviewRecordEmpty")
        self.assertIn("1 removed", server.ctl("dnc", "remove", "--phone", "(+1) 555-2001").stdout)

    def test_what_shows_nothing_or_is_no_phone_number_is_refused(self):
        server = self.running()
        for phone in NO_PHONES:
            refused = server.add(phone)
            self.assertEqual((refused.status, refused.json["GSW_ERROR_NUMBER"]), (400, 104), phone)
        for blank in BLANKS:
            for resource in ("phones", "customer_ids"):
                for request in ("DoNotCall", "RequestRecordCancel"):
                    refused = server.post(f"{path(resource, blank)}?req={request}")
                    self.assertEqual((refused.status, refused.json["GSW_ERROR_NUMBER"]), (400, 104), (resource, blank))
            self.assertEqual(server.preview(GSW_AGENT_ID=blank).json["GSW_ERROR_NUMBER"], 104)
            for option in ("--phone", "--customer-id"):
                self.assertEqual(server.ctl("dnc", "add", option, blank, check=False).returncode, 1)
        self.assertEqual(server.add("#N/A", GSW_PHONE_TYPE="EmailAddress").status, 200)
        self.assertEqual(server.rows("SELECT contact_info FROM records"), [("#N/A",)])
        self.assertEqual(server.ctl_json("dnc", "list")["entries"], [])

    def test_an_import_rejects_such_rows_and_a_customer_that_shows_nothing_joins_nobody(self):
        server = self.running()
        file = server.directory / "contacts.csv"
        with open(file, "w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([["contact_info", "tz_name", "customer_id"],
                                       *[[phone, "GMT", "C1"] for phone in NO_PHONES],
                                       *[[f"+1555000{n}", "GMT", blank] for n, blank in enumerate(BLANKS * 2)],
                                       ["+15550010", "GMT", "C7"], ["+15550011", "GMT", "C7 "]])
        done = server.ctl("import", "Spring_2024", str(file), "--chain-by", "customer_id", check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        rejects = list(csv.reader(io.StringIO((server.directory / "contacts.csv.rejects.csv").read_text())))
        self.assertEqual([row[1] for row in rejects[1:]], ["contact_info"] * len(NO_PHONES))
        chains = server.rows("SELECT count(*) FROM records GROUP BY chain_id ORDER BY 1")
        self.assertEqual([rows for rows, in chains], [1] * 6 + [2])


if __name__ == "__main__":
    unittest.main()
