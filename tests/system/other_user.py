"""Programs that run as somebody who is not root and owns nothing of root's: another user when the tests are root's."""
import os
import shutil

from harness import BIN
from other_day import THIS_DAY

ROOT = os.geteuid() == 0
OTHER_USER = 65534


def programs_for(server, user):
    """The folder of the daemon's programs, where `user` finds them; the server's own folder is the user's from now on."""
    folder = server.directory / "bin"
    folder.mkdir(exist_ok=True)
    for program in ("outpostd", "outpost-proxy"):
        shutil.copy(BIN / program, folder)
    for path in (server.directory, server.config_path):
        os.chown(path, user, user)
    return folder


def as_other_user(server):
    """What comes before the arguments of outpostd, so that it runs as such a user."""
    if not ROOT:
        return [BIN / "outpostd"]
    return [*THIS_DAY, "setpriv", f"--reuid={OTHER_USER}", f"--regid={OTHER_USER}", "--clear-groups",
            programs_for(server, OTHER_USER) / "outpostd"]
