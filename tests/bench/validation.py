"""Previews a second whose records are validated by a server that takes its time, by how many previews are asked for at once. The
time is the validator's: twice as many at once must be twice as many a second, until the machine has no more to give."""

import argparse
import contextlib
import pathlib
import subprocess
import sys

from load import Client, LoadError
from machine import prepare, scratch
from outpost import Outbound, previews
from report import median, print_goal

HERE = pathlib.Path(__file__).resolve().parent
LEAST = 0.7  # of the rate that the validator alone allows: two commits and two ways through the courier come on top
BUSY = 2_000  # a second; beyond it two cores are what there is to measure


@contextlib.contextmanager
def validator(answer_ms):
    """The port of one."""
    process = subprocess.Popen([sys.executable, "-B", HERE / "validator.py", str(answer_ms)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def measure(options, windows):
    """Rates by window, of each round."""
    at_most = [round(window * 1000 / options.answer_ms * options.seconds) + window for window in windows]
    rates = {window: [] for window in windows}
    with scratch() as directory, validator(options.answer_ms) as port:
        application = {"name": "bench", "dbid": 134, "pre-dial-validation": True,
                       "validation-uri": f"http://127.0.0.1:{port}/"}
        clients = [{"http-connection-pool-size": 1000, "http-max-connections": 1000}]
        with Outbound(directory, options.bin, options.log_level, application=application,
                      **{"http-client": clients}) as server:
            client = Client(directory)
            server.fill(sum(at_most) * options.rounds)
            for _ in range(options.rounds):
                for window, most in zip(windows, at_most):
                    result, answers = client.send(server, previews(most), window, seconds=options.seconds)
                    if not all(b"GSW_RECORD_HANDLE" in answer for answer in answers):
                        raise LoadError("a preview was answered without a record")
                    rates[window].append(result["rate"])
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--windows", default="1,16,64,256", metavar="N,N...", help="previews at once")
    parser.add_argument("--seconds", type=int, default=5, help="for each window in a round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--answer-ms", type=float, default=50, metavar="MS", help="time that the validator takes")
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    windows = [int(window) for window in options.windows.split(",")]
    prepare()
    try:
        rates = measure(options, windows)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    for window in windows:
        rate, ideal = median(rates[window]), window * 1000 / options.answer_ms
        print(f"  {window} at once: {rate:.0f}/s; {options.answer_ms:g} ms each would allow {ideal:.0f}/s")
        print_goal(f"{window} at once: rate to that which the validator allows", rate / ideal,
                   at_least=LEAST if ideal <= BUSY else None)


if __name__ == "__main__":
    main()
