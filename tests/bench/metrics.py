"""How long a scrape of /metrics takes with many calling lists, each with records of several statuses, in both of its forms; and what it
costs the supervisor, whose loop serves requests meanwhile."""

import argparse
import http.client
import json
import pathlib
import random
import statistics
import sys
import time

from load import Client, LoadError
from machine import CpuMeter, prepare, scratch
from outpost import Outbound, phone, post
from report import print_goal

AT_MOST_MS = 50
FORMS = {"Prometheus": "text/plain;version=0.0.4", "OpenMetrics": "application/openmetrics-text;version=1.0.0"}
LISTENERS = [{"name": "default", "address": "127.0.0.1", "port": 0}, {"name": "admin", "protocol": "admin", "port": 0}]
TENANT = "Environment"


def list_name(number):
    return f"Calling list {number} of the spring campaign"


def write_catalogue(path, lists):
    path.write_text(json.dumps({
        "tenants": [{"dbid": 1, "name": TENANT}],
        "calling-lists": [{"dbid": 1000 + i, "name": list_name(i), "tenant": TENANT} for i in range(lists)],
        "campaigns": [{"dbid": 100_000 + i, "name": f"Campaign {i}", "tenant": TENANT, "lists": [{"list": list_name(i)}]}
                      for i in range(lists)],
        "campaign-groups": [{"dbid": 200_000 + i, "name": f"Group {i}", "campaign": f"Campaign {i}", "state": "Running",
                             "mode": "Preview"} for i in range(lists)]}))
    return path


def fill(server, client, lists, records):
    """Of each list all but one record are Ready, and that one is Cancelled."""
    dice = random.Random(3)
    phones = [[phone(dice) for _ in range(records)] for _ in range(lists)]
    added = [post(f"/lists/{list_name(i).replace(' ', '%20')}?req=AddRecord",
                  {"GSW_PHONE": number, "GSW_TZ_NAME": "GMT", "GSW_CAMPAIGN_NAME": f"Campaign {i}"})
             for i, numbers in enumerate(phones) for number in numbers]
    client.send(server, added, 64)
    client.send(server, [post(f"/phones/{numbers[0]}?req=RecordCancel", {}) for numbers in phones], 64)


def scrape(server, accept, times):
    """Milliseconds of each, over one connection as a scraper keeps it, and the text of the last."""
    port = server.status()["admin"]["listeners"][0]["port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took, text = [], ""
    for _ in range(times):
        begin = time.monotonic()
        connection.request("GET", "/metrics", headers={"Accept": accept})
        answer = connection.getresponse()
        text = answer.read().decode()
        took.append((time.monotonic() - begin) * 1e3)
        if answer.status != 200 or "outpost_store_up 1" not in text:
            raise LoadError(f"the scrape was not answered as it should be: {answer.status} {text[:200]}")
    connection.close()
    return took, text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--lists", type=int, default=1000)
    parser.add_argument("--records", type=int, default=10, help="in each list")
    parser.add_argument("--scrapes", type=int, default=200)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    prepare()
    try:
        with scratch() as directory:
            catalogue = write_catalogue(pathlib.Path(directory, "catalogue.json"), options.lists)
            with Outbound(directory, options.bin, options.log_level, catalogue, listeners=LISTENERS) as server:
                fill(server, Client(directory), options.lists, options.records)
                for form, accept in FORMS.items():
                    meter = CpuMeter(server.pids)
                    took, text = scrape(server, accept, options.scrapes)
                    series = sum(not line.startswith("#") for line in text.splitlines())
                    print(f"\n{form}: {options.lists} lists, {series} series, {len(text) / 1024:.0f} KiB")
                    print_goal("median of a scrape", statistics.median(took), "ms", at_most=AT_MOST_MS)
                    p99 = sorted(took)[max(0, -(-len(took) * 99 // 100) - 1)]
                    print_goal("p99 of a scrape", p99, "ms", at_most=AT_MOST_MS)
                    print_goal("CPU of the supervisor", meter.us_each(options.scrapes)["supervisor"] / 1e3, "ms each")
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")


if __name__ == "__main__":
    main()
