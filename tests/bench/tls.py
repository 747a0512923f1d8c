"""TLS beside nginx with the same certificate and cipher suites: requests over connections that stay, beside our own clear
ones, and handshakes, full and resumed. CPU of the servers only: the clients use the same cores, so CPU says more than rate."""

import argparse
import pathlib
import re
import subprocess
import sys

from load import LoadError, total, wrk
from machine import CpuMeter, prepare, scratch
from outpost import Outbound
from peers import Nginx, lacks
from report import cpu_ratio, median, print_goal, print_rates, rate_ratio

CLIENTS = 4  # openssl s_time is one connection at a time
SUITES = "TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
NGINX_SUITES = ("ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; "
                "ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:bench:10m; ssl_session_tickets on;")
OURS, OURS_CLEAR, THEIRS, THEIRS_CLEAR = "Outpost, TLS", "Outpost, clear", "nginx, TLS", "nginx, clear"


def make_certificate(directory):
    """ECDSA P-256, as both servers use it."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                           "90", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                           key, "-out", certificate], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl: {done.stderr}")
    return certificate, key


def start_ours(directory, options, certificate, key):
    return Outbound(directory, options.bin, options.log_level, listeners=[
        {"name": "default", "address": "127.0.0.1", "port": 0},
        {"name": "secure", "address": "127.0.0.1", "port": 0, "secure": True, "certificate": str(certificate),
         "key": str(key), "ciphers": SUITES}])


def nginx_tls(certificate, key):
    return f"ssl_certificate {certificate}; ssl_certificate_key {key}; {NGINX_SUITES}"


def port_of(url):
    return int(re.search(r":(\d+)/", url).group(1))


def handshakes(server, url, version, reuse, seconds):
    """Handshakes a second of CLIENTS clients together, and the server's CPU for each. A resumed one reads an answer, as the
    ticket of TLS 1.3 comes with it; a full one, too, so that they compare."""
    command = ["openssl", "s_time", "-connect", f"127.0.0.1:{port_of(url)}", version, "-reuse" if reuse else "-new", "-time",
               str(seconds), "-www", "/"]
    meter = CpuMeter(server.pids)
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(CLIENTS)]
    outputs = [client.communicate()[0] for client in clients]
    # The last line counts real seconds; with -reuse what came before it was one connection to get a session.
    counts = [re.findall(r"^(\d+) connections in (\d+) real seconds", output, re.M) for output in outputs]
    if not all(counts):
        raise LoadError(f"openssl s_time failed: {outputs[0][-500:]}")
    marks = "".join(re.sub(r"[^r*]", "", output) for output in outputs)
    if reuse and marks.count("*") > marks.count("r") / 100 + 2 * CLIENTS:
        raise LoadError(f"{url} did not resume its {version} sessions")
    number = sum(int(count[-1][0]) for count in counts)
    return {"rate": sum(int(count[-1][0]) / int(count[-1][1]) for count in counts), "cpu": meter.us_each(number)}


def keep_alive_round(directory, options, pair, results):
    with start_ours(directory, options, *pair) as server:
        for name, url in ((OURS_CLEAR, server.url), (OURS, f"https://127.0.0.1:{server.ports['secure']}/")):
            wrk(server, 1, options.connections, url)
            results[name].append(wrk(server, options.seconds, options.connections, url))
    for name, tls in ((THEIRS_CLEAR, ""), (THEIRS, nginx_tls(*pair))):
        with Nginx(directory, tls=tls) as server:
            wrk(server, 1, options.connections)
            results[name].append(wrk(server, options.seconds, options.connections))


def handshake_round(directory, options, pair, results):
    with start_ours(directory, options, *pair) as ours, Nginx(directory, tls=nginx_tls(*pair)) as theirs:
        for (version, reuse), both in results.items():
            for server, url, found in ((ours, f"https://127.0.0.1:{ours.ports['secure']}/", both["ours"]),
                                       (theirs, theirs.url, both["theirs"])):
                found.append(handshakes(server, url, version, reuse, options.seconds))


def print_handshakes(results):
    print("\nHandshakes (with one answer each):")
    for (version, reuse), both in results.items():
        what = f"TLS {version[-3:].replace('_', '.')}, {'resumed' if reuse else 'full'}"
        for name, rounds in (("Outpost", both["ours"]), ("nginx", both["theirs"])):
            print(f"  {what:18} {name:8} {median(one['rate'] for one in rounds):7.0f}/s "
                  f"{median(total(one) for one in rounds):8.1f} us CPU")
        print_goal(f"{what}: rate to nginx", rate_ratio(both["ours"], both["theirs"]), at_least=0.6)
        print_goal(f"{what}: CPU to nginx", cpu_ratio(both["ours"], both["theirs"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement; of handshakes at least 2")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--log-level", default="interaction")
    options = parser.parse_args()
    prepare()
    if reason := lacks("nginx", "wrk", "openssl"):
        sys.exit(f"bench: {reason}; run scripts/setup bench")
    results = {name: [] for name in (OURS_CLEAR, OURS, THEIRS_CLEAR, THEIRS)}
    shakes = {(version, reuse): {"ours": [], "theirs": []} for version in ("-tls1_2", "-tls1_3") for reuse in (False, True)}
    try:
        for _ in range(options.rounds):
            with scratch() as directory:
                keep_alive_round(directory, options, make_certificate(directory), results)
            with scratch() as directory:
                handshake_round(directory, options, make_certificate(directory), shakes)
    except (LoadError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
    print_rates(results)
    print()
    print_goal("CPU of our TLS to our clear", cpu_ratio(results[OURS], results[OURS_CLEAR]), at_most=1.3)
    print_goal("CPU of nginx's TLS to its clear", cpu_ratio(results[THEIRS], results[THEIRS_CLEAR]))
    print_goal("rate of our TLS to nginx's", rate_ratio(results[OURS], results[THEIRS]))
    print_goal("CPU of our TLS to nginx's", cpu_ratio(results[OURS], results[THEIRS]))
    print_handshakes(shakes)


if __name__ == "__main__":
    main()
