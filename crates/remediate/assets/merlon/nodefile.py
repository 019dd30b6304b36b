"""Reads and writes files of the node: atomically, with a backup, with owner, mode and labels kept."""

import difflib
import os
import stat
import tempfile
import time

from . import Refused
from . import edits, unit as units

BACKUPS = "/var/backups/merlon"
MODES = {"sysctl": 0o644, "supervisor": 0o600, "variable": 0o644, "unit": 0o644}


def apply(kind, path, changes, root="/", check=False, run_tags=("all",), skip_tags=(), **where):
    """Makes the edit, or says what it would do.

    Gives a dict: changed, diff, backup, notices. Raises `Refused` or `OSError`.
    """
    wanted, unchosen = edits.chosen(edits.selected(changes, run_tags, skip_tags))
    notices = ["%s is left out until %s has a value" % (_name(each["name"]), each.get("choice"))
               for each in unchosen]
    result = {"changed": False, "diff": "", "backup": "", "notices": notices}
    if not wanted:
        return result
    if kind == "unit":
        target, before, after, absent = _edit_unit(root, where, wanted)
    else:
        target = real_path(root, path)
        before = _read(target, kind in edits.CREATED)
        after, absent = edits.edit(kind, before or "", wanted, **where)
        path = target if root == "/" else path
    if kind == "sysctl":
        notices.extend(_overridden(root, path, wanted))
    notices.extend("%s is not in %s; if the component still has it, it stands elsewhere"
                   % (_name(name), path) for name in absent)
    if after is None or after == (before or ""):
        return result
    result["changed"] = True
    context = 2 if kind in ("static-pod", "configuration", "unit") else 0
    result["diff"] = "".join(difflib.unified_diff(
        (before or "").splitlines(True), after.splitlines(True), path, path, n=context))
    if not check:
        if before is not None:
            result["backup"] = _back_up(root, target, before)
        _write(target, before, after, MODES.get(kind, 0o600))
    return result


def _name(name):
    return name if isinstance(name, str) else ".".join(name)


def _edit_unit(root, where, wanted):
    name = where["unit"]
    files = [(path, _read(real_path(root, path), False)) for path in _unit_files(root, name)]
    variables = []
    for path in units.environment_files(files):
        text = _read(real_path(root, path), True)
        if text is not None:
            variables.append((path, text))
    after, absent = units.change_unit(files, variables, name, where["program"], wanted)
    target = real_path(root, units.drop_in(name))
    return target, _read(target, True), after, absent


def _unit_files(root, name):
    """The unit's file and its drop-ins, as systemd orders them (`systemd.unit(5)`)."""
    fragment = next((path for path in ("%s/%s" % (directory, name) for directory in units.DIRECTORIES)
                     if os.path.isfile(real_path(root, path))), None)
    found = {}
    for directory in reversed(units.DIRECTORIES):
        for folder in ("%s/service.d" % directory, "%s/%s.d" % (directory, name)):
            below = real_path(root, folder)
            if os.path.isdir(below):
                found.update((each, "%s/%s" % (folder, each))
                             for each in os.listdir(below) if each.endswith(".conf"))
    return ([fragment] if fragment else []) + [found[each] for each in sorted(found)]


def real_path(root, path):
    """Where a path of the node really is; below another root, links must not lead out of it."""
    joined = os.path.join(root, path.lstrip("/"))
    real = os.path.realpath(joined)
    base = os.path.realpath(root)
    if base != "/" and not (real + "/").startswith(base + "/"):
        raise Refused("%s leads out of %s" % (path, root))
    return real


def _read(path, may_lack):
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        if may_lack:
            return None
        raise
    except UnicodeDecodeError:
        raise Refused("%s is not UTF-8" % path)


def _back_up(root, target, text):
    """Keeps the text as it was, where nothing reads it, and only for root."""
    base = os.path.realpath(root)
    below = os.path.relpath(target, base)
    private = os.path.join(base, BACKUPS.lstrip("/"))
    os.makedirs(private, mode=0o700, exist_ok=True)
    folder = os.path.join(private, os.path.dirname(below))
    os.makedirs(folder, mode=0o700, exist_ok=True)
    stamp = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime())
    for number in range(100):
        name = "%s.%s%s" % (os.path.basename(below), stamp, "-%d" % number if number else "")
        path = os.path.join(folder, name)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", newline="", encoding="utf-8") as file:
            file.write(text)
        return path
    raise Refused("no name is left for a backup of %s" % target)


def _write(target, before, after, mode):
    folder = os.path.dirname(target)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".merlon-", dir=_staging(folder))
    try:
        with os.fdopen(handle, "w", newline="", encoding="utf-8") as file:
            file.write(after)
            file.flush()
            if before is None:
                os.fchmod(file.fileno(), mode)
            else:
                _copy_metadata(target, file.fileno())
            os.fsync(file.fileno())
        if before is not None and _read(target, True) != before:
            raise Refused("%s was changed by somebody else meanwhile; run again" % target)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _staging(folder):
    """Where a file is written before it is moved into its folder: beside the folder.

    The kubelet reads whatever appears in its manifest directory. Where the folder is a file system
    of its own a move from outside is no single step, and the leading dot of the name has to do:
    the kubelet passes over such names (`pkg/kubelet/config/file.go`).
    """
    parent = os.path.dirname(folder)
    if os.path.isdir(parent) and os.stat(parent).st_dev == os.stat(folder).st_dev \
            and os.access(parent, os.W_OK):
        return parent
    return folder


def _copy_metadata(source, handle):
    state = os.stat(source)
    os.fchown(handle, state.st_uid, state.st_gid)
    os.fchmod(handle, stat.S_IMODE(state.st_mode))
    for name in os.listxattr(source):
        if name in ("security.selinux", "system.posix_acl_access"):
            os.setxattr(handle, name, os.getxattr(source, name))


def _overridden(root, path, changes):
    """Files that come later at boot and set the same parameter otherwise (`sysctl.d(5)`)."""
    wanted = {change["name"]: change.get("value") for change in changes}
    notices, later = [], []
    for folder in ("/etc/sysctl.d", "/run/sysctl.d", "/usr/lib/sysctl.d"):
        below = real_path(root, folder)
        if os.path.isdir(below):
            later.extend("%s/%s" % (folder, name) for name in sorted(os.listdir(below))
                         if name.endswith(".conf") and name > os.path.basename(path))
    for each in later + ["/etc/sysctl.conf"]:
        text = _read(real_path(root, each), True) or ""
        for line in text.splitlines():
            name, equals, value = line.strip().lstrip("-").partition("=")
            name, value = name.strip().replace("/", "."), value.strip()
            if equals and name in wanted and value != wanted[name]:
                notices.append("%s sets %s to another value at boot" % (each, name))
    return notices
