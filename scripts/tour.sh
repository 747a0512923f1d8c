# What the tours of scripts/run and scripts/run-mobile share; not a program. They have set $bin, $dir and $socket, and
# `tour`, the name of the script; `tour_sockets` are the control sockets of what must be stopped when a step fails.

ctl() { "$bin/outpostctl" --socket "$socket" "$@"; }

# The same, shown as it is typed.
typed() {
  printf '\n$ outpostctl'
  printf ' %q' "$@"
  printf '\n'
  ctl "$@" || die "outpostctl $1 failed"
}

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

die() {
  echo "$tour: $*" >&2
  echo "$tour: the logs are in $dir" >&2
  local one
  for one in "${tour_sockets[@]}"; do
    [ ! -e "$one" ] || "$bin/outpostctl" --socket "$one" stop >/dev/null 2>&1 || true
  done
  exit 1
}

# Takes one member out of a JSON object on stdin: member proxy.pid
member() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[int(name) if name.isdigit() else name]
print(value)' "$1"
}

# await WHAT COMMAND...: until it succeeds; for what nobody announces.
await() {
  local what=$1 _
  shift
  for _ in $(seq 1 200); do
    if "$@"; then return; fi
    sleep 0.1
  done
  die "$what: not in time"
}

# Whether a process has ended. A zombie has; in a container nobody may be there to reap it.
ended() { [ ! -e "/proc/$1" ] || grep -q '^State:.*zombie' "/proc/$1/status"; }
