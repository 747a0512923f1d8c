"""What a pair holds while the console is looked at: lists of many kinds, groups in every state, people at work."""
import os
import pathlib
import subprocess
import tempfile

from harness import BIN, CATALOGUE, Client

EVIL = "<img src=x onerror=alert(1)>"
LONG = "Retention_" + "customers_who_asked_twice_" * 9 + "2026_10_31"  # 255 bytes, as many as a name may have at most
assert len(LONG) <= 255

LISTS = [
    *CATALOGUE["calling-lists"],
    {"dbid": 310, "name": "Autumn renewals", "tenant": "Resources", "daily-from": 28800, "daily-till": 72000,
     "custom-fields": ["CONTACT_LAST_NAME", "client-id"], "customer-id-field": "client-id"},
    {"dbid": 311, "name": "Überfällige Rechnungen", "tenant": "Resources"},
    {"dbid": 312, "name": "קמפיין חורף", "tenant": "Resources"},
    {"dbid": 313, "name": "東京の春のお客様", "tenant": "Resources"},
    {"dbid": 314, "name": LONG, "tenant": "Resources"},
    {"dbid": 315, "name": "Second house", "tenant": "Subsidiary"},
]
CAMPAIGNS = [*CATALOGUE["campaigns"], {"dbid": 110, "name": "Renewals", "tenant": "Resources", "lists": [
    {"list": "Autumn renewals", "weight": 5}, {"list": LONG, "weight": 1}]}]
GROUPS = [*CATALOGUE["campaign-groups"],
          {"dbid": 210, "name": "Renewals@Evening", "campaign": "Renewals", "state": "Running", "mode": "Preview"}]
FULL = {"tenants": [*CATALOGUE["tenants"], {"dbid": 2, "name": "Subsidiary"}], "calling-lists": LISTS,
        "campaigns": CAMPAIGNS, "campaign-groups": GROUPS}


def fill(node):
    """Into a primary whose catalogue is there."""
    with tempfile.TemporaryDirectory(prefix="outpost-test-") as folder:
        _records(node, pathlib.Path(folder))
    _people(node)
    node.command("dnc-add", tenant="Resources", entries=[{"phone": "+15559999"}, {"customer_id": "C-1007"}, {"phone": "+442079460000"}])
    node.command("dnc-add", tenant="Subsidiary", entries=[{"phone": "+15559999"}])


def _records(node, folder):
    plain = folder / "contacts.csv"
    plain.write_text("contact_info,tz_name\n" + f'"{EVIL}@example.org",GMT\n' +
                     "".join(f"+1555010{i:04},GMT\n" for i in range(60)))
    node.ctl("import", "Spring_2024", str(plain))
    chains = folder / "renewals.csv"
    names = ("Nguyễn", "Al-Farsi", "محمد عبد الله", "山田 太郎", "O'Brien", "Łukasiewicz")
    chains.write_text("contact_info,tz_name,client-id,CONTACT_LAST_NAME,daily_from,daily_till\n" + "".join(
        f"+4420794{i:05},{'CET' if i % 3 else 'GMT'},C-{1000 + i // 3},{names[i % len(names)]},0,86400\n" for i in range(900)))
    node.ctl("import", "Autumn renewals", str(chains), "--chain-by", "client-id")
    _unfinished(node, folder)


def _unfinished(node, folder):
    """An import whose command was ended in the middle: half of a file is there, and it can go on."""
    path = folder / "overdue.csv"
    path.write_text("contact_info,tz_name\n" + "".join(f"+4930{i:07},CET\n" for i in range(200_000)))
    command = subprocess.Popen([BIN / "outpostctl", "--socket", node.control, "import", "Überfällige Rechnungen", path],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while command.poll() is None and not node.command("statistics", lists=["Überfällige Rechnungen"])["lists"][0]["records"]:
        pass
    command.kill()
    command.wait()


def _people(node):
    """Agents that take records, report what came of them, and keep some."""
    client = Client(node)
    client.post("/campaigngroups/201?req=PreviewRecordRequest", {"GSW_AGENT_ID": "agent7"})
    for agent, results in (("maria.gonzalez", ("Busy", "Answer", "NoAnswer")), ("team-lead-ostfriesland", ("Busy",)), ("山田", ())):
        for result in (*results, None):
            answer = client.post("/campaigngroups/210?req=PreviewRecordRequest", {"GSW_AGENT_ID": agent}).json
            handle = answer.get("GSW_RECORD_HANDLE")
            if not handle or result is None:
                continue
            client.post(f"/records/{handle}?req=UpdateCallCompletionStats", {"GSW_CALL_RESULT": result})
            client.post(f"/records/{handle}?req=RecordProcessed", {"GSW_CALL_RESULT": result})
    for path in ("/lists/Nowhere?req=AddRecord", "/lists/Spring_2024?req=AddRecord", "/records/999?req=RecordReject"):
        client.post(path, {"GSW_PHONE": "#N/A"})
    client.close()
