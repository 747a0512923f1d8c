"""A root of Debian in a folder, and an outpostd that runs in it as the unit would have it: for scripts/package-test."""
import ctypes.util
import http.client
import json
import os
import pathlib
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

import service_filter

UNIT = pathlib.Path(__file__).resolve().parents[2] / "etc" / "outpost.service"
WAIT_S = 120
# Nothing is asked, and no service of the root is started: it shares our processes.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
               "LC_ALL": "C.UTF-8", "HOME": "/root"}
POLICY = "#!/bin/sh\nexit 101\n"


def say(text):
    print(f"package-test: {text}", flush=True)


def check(good, text):
    if not good:
        sys.exit(f"package-test: {text}")


def run(*command, check_status=True, **more):
    """What it prints; when it fails, the end."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **more)
    check(done.returncode == 0 or not check_status, f"{' '.join(str(w) for w in command)} failed:\n{done.stdout[-4000:]}")
    return done.stdout if done.returncode == 0 else ""


def codename():
    return re.search(r"^VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text(), re.M).group(1)


def base(folder):
    """A root with what Debian calls minimal, of this release, packed; made once."""
    said = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages", "Origin: Debian",
               "Component: main")
    release = codename()
    sources = sorted({tuple(line.split()) for line in said.splitlines()})
    mirrors = [uri for uri, suite in sources if suite == release]
    check(mirrors, f"apt's sources name no mirror of Debian {release}")
    packed = folder / f"base-{release}.tar"
    if not packed.exists():
        say(f"making a root of Debian {release}, once")
        made = folder / "base"
        shutil.rmtree(made, ignore_errors=True)
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", release, made, mirrors[0])
        lines = [f"deb {uri} {suite} main\n" for uri, suite in sources if suite.startswith(release)]
        (made / "etc/apt/sources.list").write_text("".join(lines))
        (made / "usr/sbin/policy-rc.d").write_text(POLICY)
        (made / "usr/sbin/policy-rc.d").chmod(0o755)
        run("tar", "-C", made, "-cf", f"{packed}.new", ".")
        pathlib.Path(f"{packed}.new").rename(packed)
        shutil.rmtree(made)
    return packed


def remove(folder):
    """A root with what is mounted in it; it may be of a run that was killed."""
    for line in reversed(pathlib.Path("/proc/self/mounts").read_text().splitlines()):
        if pathlib.Path(line.split()[1]).is_relative_to(folder):
            run("umount", "-l", line.split()[1])
    if folder.exists():
        shutil.rmtree(folder)


class Root:
    def __init__(self, packed, name):
        self.folder = packed.parent / f"root-{name}"
        self.packed = packed
        self.enter = ["chroot", self.folder]

    def __enter__(self):
        remove(self.folder)
        self.folder.mkdir()
        run("tar", "-C", self.folder, "-xf", self.packed)
        run("mount", "-t", "proc", "proc", self.folder / "proc")
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        self.apt("update")
        return self

    def __exit__(self, *_):
        remove(self.folder)

    def path(self, name):
        return self.folder / name.lstrip("/")

    def real_path(self, name):
        return self.run("readlink", "-f", name).strip()

    def run(self, *command, check=True):
        return run(*self.enter, *command, check_status=check, env=ENVIRONMENT)

    def has(self, program):
        return self.run("sh", "-c", f"command -v {program}", check=False) != ""

    def apt(self, *arguments):
        return self.run("apt-get", "-q", "-y", "-o", "Acquire::Retries=3", "--no-install-recommends", *arguments)

    def install(self, *packages):
        for package in packages:
            shutil.copy(package, self.path("/srv"))
        self.apt("install", *[f"/srv/{package.name}" for package in packages])


class Image(Root):
    """What a Containerfile makes, as a root: by buildah in chroot isolation, for this may be in a container itself. The packed
    root takes the place of the registry's image of Debian."""

    def __init__(self, packed, containerfile, context):
        super().__init__(packed, "image")
        self.storage = packed.parent / "storage"
        self.containerfile = containerfile
        self.context = context

    def __enter__(self):
        self.__exit__()
        self.folder.mkdir()
        empty = self.name("from", "scratch")
        self.buildah("add", "--quiet", empty, self.packed, "/")
        self.buildah("commit", "--quiet", "--rm", empty, f"docker.io/library/debian:{codename()}-slim")
        # By itself it would raise our limits, which takes a privilege that a container lacks.
        limits = ["--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"]
        self.buildah("build", "--quiet", "--format", "docker", "--isolation", "chroot", "--network", "host", *limits,
                     "--pull-never", "--build-arg", f"RELEASE={codename()}", "--file", self.containerfile, "--tag", "outpost",
                     self.context)
        container = self.name("from", "--pull-never", "outpost")
        self.config = json.loads(self.buildah("inspect", container))["Docker"]["config"]
        run("mount", "--bind", self.name("mount", container), self.folder)
        run("mount", "-t", "proc", "proc", self.folder / "proc")
        return self

    def __exit__(self, *_):
        remove(self.folder)
        remove(self.storage)

    def buildah(self, *arguments):
        place = ["--root", self.storage / "root", "--runroot", self.storage / "run", "--storage-driver", "vfs"]
        return run("buildah", *place, *arguments)

    def name(self, *arguments):
        """Of what a command made, or where: its last line."""
        return self.buildah(*arguments).split("\n")[-2]


class Daemon:
    """outpostd in a root. From the unit come user, mask, limits, capabilities and the filter of system calls; folders and
    environment are what systemd would give. The rest of it takes systemd itself."""

    def __init__(self, there, arguments=("--config", "/etc/outpost/outpost.json")):
        self.there = there
        self.arguments = list(arguments)
        self.unit = UNIT.read_text()
        passwd = there.run("getent", "passwd", self.value("User")).split(":")
        self.user, self.group = int(passwd[2]), int(passwd[3])
        self.stderr = there.path("/run/outpost-stderr")

    def value(self, name):
        return re.search(rf"^{name}=(.*)$", self.unit, re.M).group(1)

    @property
    def lines(self):
        return self.stderr.read_text().splitlines()

    def __enter__(self):
        run_folder = self.there.path(f"/run/{self.value('RuntimeDirectory')}")
        run_folder.mkdir(mode=0o750, exist_ok=True)
        os.chown(run_folder, self.user, self.group)
        self.check_configuration()
        path = self.there.path("/run/notify")
        path.unlink(missing_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(path))
        path.chmod(0o666)
        said = open(self.stderr, "w", encoding="utf-8")
        stream = os.fstat(said.fileno())
        environment = {"PATH": ENVIRONMENT["PATH"], "NOTIFY_SOCKET": "/run/notify",
                       "JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}"}
        self.process = subprocess.Popen(["/usr/sbin/outpostd", *self.arguments], env=environment, stderr=said,
                                        preexec_fn=self.become_service)
        said.close()
        self.port = int(self.await_report(r"STATUS=HTTP proxy running, pid \d+, .*?:(\d+)").group(1))
        self.await_report(r"^READY=1")
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM if kind is None else signal.SIGKILL)
        status = self.process.wait(timeout=WAIT_S)
        self.notify.close()
        check(kind is not None or status == 0, f"outpostd ended with {status}: {self.stderr.read_text()}")

    def check_configuration(self):
        program, *arguments = self.value("ExecStartPre").split()
        self.there.run("setpriv", f"--reuid={self.user}", f"--regid={self.group}", "--clear-groups", program, *arguments)

    def become_service(self):
        """In the child, before outpostd."""
        os.chroot(self.there.folder)
        os.chdir("/")
        os.umask(int(self.value("UMask"), 8))
        files = int(self.value("LimitNOFILE"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        drop_bounding_set()
        os.setgroups([])
        os.setresgid(self.group, self.group, self.group)
        os.setresuid(self.user, self.user, self.user)
        ctypes.util.find_library = lambda _: "libseccomp.so.2"  # the root's own; what looks for it needs a compiler
        service_filter.filter_calls(service_filter.allowed(self.unit))

    def await_report(self, pattern):
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if select.select([self.notify], [], [], 0.2)[0]:
                if found := re.search(pattern, self.notify.recv(8192).decode(), re.S):
                    return found
            elif self.process.poll() is not None:
                sys.exit(f"package-test: outpostd did not start: {self.stderr.read_text()}")
        sys.exit(f"package-test: outpostd did not report {pattern} in time: {self.stderr.read_text()}")

    def add(self, calling_list, phone):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        body = {"GSW_PHONE": phone, "GSW_TZ_NAME": "PST", "GSW_CAMPAIGN_NAME": "Spring"}
        connection.request("POST", f"/lists/{calling_list}?req=AddRecord", json.dumps(body))
        response = connection.getresponse()
        check(response.status == 200, f"AddRecord was answered {response.status}: {response.read()}")
        connection.close()


def drop_bounding_set():
    """No capability can be had again, as with an empty CapabilityBoundingSet=."""
    pr_capbset_drop = 24
    libc = ctypes.CDLL(None)
    for capability in range(64):
        libc.prctl(pr_capbset_drop, capability, 0, 0, 0)
