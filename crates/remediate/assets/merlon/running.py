"""Waits until what was changed is in force, and says so when it does not come."""

import os
import re
import socket
import ssl
import subprocess
import time

from . import Refused
from .configuration import is_json
from .document import Document, Mapping
from .manifest import manifest_words
from .flags import occurrences


def wait(until, name, path="", root="/", seconds=300):
    """Waits for a static pod's process, the API server (`name` is then the kind of the file that
    gives it a port) or a unit. Raises `Refused` when the time is over."""
    if until == "unit":
        wait_for_unit(name, min(seconds, 120))
    elif until == "static-pod":
        wait_for_static_pod(name, path, seconds, root)
    else:
        with open(os.path.join(root, path.lstrip("/")), encoding="utf-8") as file:
            wait_for_api(api_port(name, file.read()), seconds)


def wait_for_static_pod(program, path, seconds=300, root="/"):
    """Waits for a process of the program that is younger than its manifest.

    For the API server, waits until it answers as well.
    """
    manifest = os.path.join(root, path.lstrip("/"))
    changed = os.stat(manifest).st_mtime
    deadline = time.monotonic() + seconds
    # Start times count in ticks from a boot time in whole seconds.
    while not any(started >= changed - 1 for started in process_starts(program)):
        if time.monotonic() > deadline:
            raise Refused("%s was not started anew within %d seconds after the change of %s; "
                          "the kubelet's log and `crictl ps -a --name %s` say why"
                          % (program, seconds, path, program))
        time.sleep(1)
    if program == "kube-apiserver":
        with open(manifest, encoding="utf-8") as file:
            text = file.read()
        wait_for_api(api_port("static-pod", text), max(1, deadline - time.monotonic()))


def process_starts(program):
    """When the processes of that name were started, in seconds since the epoch."""
    with open("/proc/stat") as file:
        boot = next(int(line.split()[1]) for line in file if line.startswith("btime "))
    ticks, found = os.sysconf("SC_CLK_TCK"), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as file:
                head, _, rest = file.read().rpartition(")")
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                argv = file.read().split(b"\0")
        except OSError:
            continue
        name = os.path.basename(argv[0].decode("utf-8", "replace"))
        # The kernel keeps 15 bytes of a name.
        if name == program or head.partition("(")[2] == program[:15]:
            found.append(boot + int(rest.split()[19]) / ticks)
    return found


def api_port(kind, text):
    """The port that the API server is told to serve on; 6443 unless the text says otherwise."""
    port = None
    if kind == "static-pod":
        found = occurrences(manifest_words(text, "kube-apiserver").texts, "secure-port")
        port = found[-1][1] if found else None
    elif kind == "arguments":
        found = re.findall(r"^\s*--secure-port[= ]\s*(\d+)", text, re.M)
        port = found[-1] if found else None
    elif kind == "supervisor" and not is_json(text):
        root = Document(text).root
        entry = root.entry("https-listen-port") if isinstance(root, Mapping) else None
        port = entry.value.text() if entry is not None and entry.value is not None else None
    return int(port) if port and port.isdigit() else 6443


def wait_for_api(port, seconds=300):
    """Waits until the API server answers on this machine: it is alive, or wants credentials."""
    deadline, answer = time.monotonic() + seconds, "nothing"
    while True:
        try:
            answer = _status(port)
            if answer in (200, 401, 403):
                return
        except (OSError, ValueError) as error:
            answer = error
        if time.monotonic() > deadline:
            raise Refused("the API server did not answer https://127.0.0.1:%d/livez within the "
                          "time; the last answer was: %s" % (port, answer))
        time.sleep(2)


def _status(port):
    """The HTTP status of /livez. Nothing secret is sent, so the certificate does not matter."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if hasattr(ssl, "PROTOCOL_TLS_CLIENT")
                             else ssl.PROTOCOL_TLS)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        with context.wrap_socket(plain) as stream:
            stream.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            line = stream.recv(4096).split(b"\r\n")[0]
    match = re.match(br"HTTP/\d\.\d (\d{3})", line)
    if not match:
        raise ValueError("no HTTP")
    return int(match.group(1))


def wait_for_unit(unit, seconds=60, steady=10):
    """Waits until the unit has run as one process for a while: a bad flag ends it at once."""
    deadline, process, since = time.monotonic() + seconds, None, time.monotonic()
    while time.monotonic() < deadline:
        shown = subprocess.run(
            ["systemctl", "show", "--property=ActiveState,MainPID", unit],
            stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
        if "ActiveState=active" not in shown or shown != process:
            process, since = shown, time.monotonic()
        elif time.monotonic() - since >= steady:
            return
        time.sleep(1)
    raise Refused("%s does not stay up; `journalctl -u %s` says why" % (unit, unit))
