#!/usr/bin/env bash
# Adds a record, takes the next one of a campaign group and reports its result.
#   client.sh [LIST [GROUP [PHONE]]]     curl 7.71 or later
# OUTPOST_URL is where the server listens, OUTPOST_TOKEN its bearer token where it asks for one.
set -euo pipefail

url=${OUTPOST_URL:-http://127.0.0.1:8080}
list=${1:-Spring_2024} group=${2:-201} phone=${3:-+15550100}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
token=() # in a file: who lists processes sees their arguments
if [ -n "${OUTPOST_TOKEN:-}" ]; then
  printf 'Authorization: Bearer %s\n' "$OUTPOST_TOKEN" >"$work/token"
  token=(-H "@$work/token")
fi

# A key of its own for each request: what is sent again under it, after a 503, a time-out or a broken connection, is not
# done twice.
new_key() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# As one part of a path; every byte may be encoded.
encoded() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'; }

# The answer to one request. curl tries again by itself, and waits as long as Retry-After says.
send() {
  local status
  status=$(curl --silent --show-error --output "$work/answer" --write-out '%{http_code}' --max-time 10 \
    --retry 4 --retry-all-errors -H "Content-Type: application/json" -H "Idempotency-Key: $(new_key)" \
    "${token[@]}" --data "$2" "$url$1")
  if [ "$status" != 200 ]; then
    echo "$1: $status $(cat "$work/answer")" >&2
    return 1
  fi
  cat "$work/answer"
}

member() { sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$1"; }

added=$(send "/lists/$(encoded "$list")/AddRecord" "{\"GSW_PHONE\":\"$phone\",\"GSW_TZ_NAME\":\"GMT\"}")
echo "added: chain $(member "$added" GSW_CHAIN_ID)"

preview=$(send "/campaigngroups/$group/PreviewRecordRequest" '{"GSW_AGENT_ID":"agent7"}')
if [ "$(member "$preview" GSW_USER_EVENT)" = PreviewRecordEmpty ]; then
  echo "nothing is due"
  exit
fi
handle=$(member "$preview" GSW_RECORD_HANDLE)
echo "preview: handle $handle, phone $(member "$preview" GSW_PHONE)"

send "/records/$handle/RecordProcessed" '{"GSW_CALL_RESULT":"Answer"}' >/dev/null
echo "processed: handle $handle"
