"""A pair of ours for a measurement: started in a directory of its own, filled, asked, stopped."""

import json
import os
import pathlib
import random
import subprocess

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "etc/sample/catalogue.json"
LIST = "Spring_2024"  # of the sample catalogue
GROUP = 201


class Daemon:
    """`config`: its sections, beside those that each has. `environment`: of outpostd."""

    def __init__(self, directory, binaries, config, level="interaction", environment=None):
        self.bin = pathlib.Path(binaries)
        self.directory = pathlib.Path(directory, "outpost")
        self.directory.mkdir()
        self.socket = self.directory / "control.sock"
        path = self.directory / "outpost.json"
        path.write_text(json.dumps({
            "listeners": [{"name": "default", "address": "127.0.0.1", "port": 0}],
            "log": {"directory": str(self.directory / "log"), "level": level},
            "store": {"url": f"sqlite://{self.directory}/store/outpost.db"},
            "control": {"socket": str(self.socket)},
            **config,
        }))
        subprocess.run([self.bin / "outpostd", "--config", path, "--daemon"], check=True,
                       env={**os.environ, **(environment or {})})
        try:
            self.prepare()
            status = self.status()
            self.ports = {listener["name"]: listener["port"] for listener in status["proxy"]["listeners"]}
            self.pids = {"proxy": status["proxy"]["pid"], "supervisor": status["pid"]}
        except BaseException:
            self.stop()
            raise
        self.port = next(iter(self.ports.values()))
        self.url = f"http://127.0.0.1:{self.port}/"

    def prepare(self):
        """What must be there before the first request."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ctl(self, *arguments):
        done = subprocess.run([self.bin / "outpostctl", "--socket", self.socket, *arguments], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"outpostctl {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    def status(self):
        # Exit status 1: it is not ready, which a measurement may have brought about.
        done = subprocess.run([self.bin / "outpostctl", "--socket", self.socket, "status", "--json"], check=False,
                              capture_output=True, text=True)
        return json.loads(done.stdout)

    def stop(self):
        subprocess.run([self.bin / "outpostctl", "--socket", self.socket, "stop"], check=False, capture_output=True)


class Outbound(Daemon):
    """`more` are sections of the configuration beside, or in place of, the usual ones."""

    def __init__(self, directory, binaries, level="interaction", catalogue=SAMPLE, environment=None, **more):
        self.catalogue = catalogue
        super().__init__(directory, binaries, {"application": {"name": "bench", "dbid": 134}, **more}, level, environment)

    def prepare(self):
        self.ctl("apply", str(self.catalogue))

    def fill(self, count, name=LIST, seed=1):
        """Imports records with numbers of their own, all of which a preview may take."""
        path = self.directory / "records.csv"
        write_csv(path, count, seed)
        self.ctl("import", name, str(path))
        path.unlink()


class Mobile(Daemon):
    """A node of the mobile services."""

    def __init__(self, directory, binaries, level="interaction", **more):
        super().__init__(directory, binaries, {"application": {"name": "bench", "type": "mobile"}, "server": {"node_id": 1},
                                               **more}, level)


def write_csv(path, count, seed=1):
    dice = random.Random(seed)
    with open(path, "w", encoding="ascii") as file:
        file.write("contact_info,contact_info_type,tz_name,STATE\n")
        for _ in range(count):
            file.write(f"{phone(dice)},4,GMT,CA\n")


def phone(dice):
    return f"+{dice.randrange(10**13):013}"


def post(target, body):
    data = json.dumps(body, separators=(",", ":")).encode()
    return (f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n").encode() + data


def add_records(count, dice):
    """AddRecords of 300 bytes, as post.lua sends them; the time zone is one in which a preview finds them."""
    return [post(f"/lists/{LIST}?req=AddRecord", {
        "GSW_PHONE": phone(dice), "GSW_PHONE_TYPE": "4", "GSW_TZ_NAME": "PST", "GSW_CAMPAIGN_NAME": "Spring", "STATE": "CA",
        "GSW_AGENT_ID": None, "CONTACT_LAST_NAME": "Castellanos", "VAR_005": "Gold"}) for _ in range(count)]


def previews(count):
    return [post(f"/campaigngroups/{GROUP}?req=PreviewRecordRequest", {})] * count


def on_records(name, body, handles):
    return [post(f"/records/{handle}?req={name}", body) for handle in handles]


def handles(answers):
    return [json.loads(answer)["GSW_RECORD_HANDLE"] for answer in answers]
