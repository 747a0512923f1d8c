#!/usr/bin/env python3
"""Adds a record, takes the next one of a campaign group and reports its result.

    client.py [LIST [GROUP [PHONE]]]     the standard library is enough

OUTPOST_URL is where the server listens, OUTPOST_TOKEN its bearer token where it asks for one.
"""
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

URL = os.environ.get("OUTPOST_URL", "http://127.0.0.1:8080")
TOKEN = os.environ.get("OUTPOST_TOKEN")
TRIES = 5
WORTH_ANOTHER_TRY = (429, 500, 502, 503, 504)


def send_once(path, body, key):
    """Status, seconds to wait before the next try if the server says so, and the answer."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    if TOKEN:
        headers["Authorization"] = f"Bearer {TOKEN}"
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, None, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Retry-After"), json.load(error)


def send(path, body):
    """The answer to one request, which is sent again when it is not known whether it arrived.

    One key for all tries: what the server has done already it does not do again, and answers as it did.
    """
    key = str(uuid.uuid4())
    for attempt in range(TRIES):
        wait = 0.2 * 2**attempt
        try:
            status, retry_after, answer = send_once(path, body, key)
            if status == 200:
                return answer
            failure = f"{status} {answer['GSW_ERROR_NUMBER']}: {answer['GSW_ERROR']}"
            if status not in WORTH_ANOTHER_TRY:
                break
            wait = max(wait, float(retry_after or 0))
        except (OSError, http.client.HTTPException, ValueError) as error:
            failure = str(error)
        if attempt + 1 < TRIES:
            time.sleep(wait)
    raise SystemExit(f"{path}: {failure}")


def main(calling_list="Spring_2024", group="201", phone="+15550100"):
    name = urllib.parse.quote(calling_list, safe="")
    added = send(f"/lists/{name}/AddRecord", {"GSW_PHONE": phone, "GSW_TZ_NAME": "GMT"})
    print(f"added: chain {added['GSW_CHAIN_ID']}")

    preview = send(f"/campaigngroups/{group}/PreviewRecordRequest", {"GSW_AGENT_ID": "agent7"})
    if preview["GSW_USER_EVENT"] == "PreviewRecordEmpty":
        print("nothing is due")
        return
    handle = preview["GSW_RECORD_HANDLE"]
    print(f"preview: handle {handle}, phone {preview['GSW_PHONE']}")

    send(f"/records/{handle}/RecordProcessed", {"GSW_CALL_RESULT": "Answer"})
    print(f"processed: handle {handle}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
