"""The command line that the shell script uses. Ends with 3 when something was or would be changed.

    edit KIND PATH [--program P] [--variable V] [--key K] [--unit U] CHANGE...
        CHANGE: --set NAME VALUE | --remove NAME
              | --set-TYPE POINTER VALUE | --remove-key POINTER     (configuration, RFC 6901)
              | --choice VARIABLE     (where the value of the change before comes from)
    mode PATH OCTAL          take away every permission beyond
    owner PATH USER GROUP
    wait static-pod PROGRAM PATH | wait api KIND PATH | wait unit UNIT

MERLON_ROOT is put before every path; only MERLON_APPLY=yes changes anything.
"""

import grp
import json
import os
import pwd
import stat
import sys

from . import Refused
from .nodefile import apply, real_path
from .running import wait

ROOT = os.environ.get("MERLON_ROOT") or "/"
CHECK = os.environ.get("MERLON_APPLY") != "yes"


def main(arguments):
    """Runs one command; says whether something was or would be changed."""
    command, rest = arguments[0], arguments[1:]
    return {"edit": _edit, "mode": _mode, "owner": _owner, "wait": _wait}[command](*rest)


def _edit(kind, path, *words):
    where, changes, words = {}, [], list(words)
    while words:
        option = words.pop(0)
        if option == "--set":
            changes.append({"do": "set", "name": words.pop(0), "value": words.pop(0)})
        elif option == "--remove":
            changes.append({"do": "remove", "name": words.pop(0)})
        elif option == "--remove-key":
            changes.append({"do": "remove", "name": _keys(words.pop(0))})
        elif option.startswith("--set-"):
            name, value, type_ = _keys(words.pop(0)), words.pop(0), option[len("--set-"):]
            value = _list(value) if type_ == "list" else value
            changes.append({"do": "set", "name": name, "type": type_, "value": value})
        elif option == "--choice":
            changes[-1]["choice"] = words.pop(0)
        else:
            where[option[2:]] = words.pop(0)
    result = apply(kind, path, changes, root=ROOT, check=CHECK, **where)
    for notice in result["notices"]:
        _say("note: %s: %s" % (path, notice))
    if result["changed"]:
        _say("%s %s" % ("would change" if CHECK else "changed", path))
        sys.stdout.write(result["diff"])
    if result["backup"]:
        _say("as it was: %s" % result["backup"])
    return result["changed"]


def _list(value):
    """A list, as JSON or with commas."""
    return json.loads(value) if value.startswith("[") else [each for each in value.split(",") if each]


def _keys(pointer):
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


def _mode(path, octal):
    target = real_path(ROOT, path)
    mode = stat.S_IMODE(os.stat(target).st_mode)
    wanted = mode & int(octal, 8)
    if mode == wanted:
        return False
    _say("%s %s from %04o to %04o" % (_verb("restrict"), path, mode, wanted))
    if not CHECK:
        os.chmod(target, wanted)
    return True


def _owner(path, user, group):
    target = real_path(ROOT, path)
    state = os.stat(target)
    uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    if (state.st_uid, state.st_gid) == (uid, gid):
        return False
    _say("%s %s to %s:%s" % (_verb("give"), path, user, group))
    if not CHECK:
        os.chown(target, uid, gid)
    return True


def _verb(verb):
    return "would " + verb if CHECK else verb


def _wait(until, name, path=""):
    wait(until, name, path, ROOT)
    return False


def _say(text):
    sys.stdout.write("".join(c if c.isprintable() else "?" for c in text) + "\n")


def run():
    """Runs the command that was given, and ends with what came of it."""
    try:
        sys.exit(3 if main(sys.argv[1:]) else 0)
    except (Refused, OSError, KeyError, ValueError) as problem:
        sys.stderr.write("merlon: %s: %s\n" % (" ".join(sys.argv[2:4]), problem))
        sys.exit(1)


if __name__ == "__main__":
    run()
