"""Waiting: for a process that is younger than its manifest, and for an API server that answers."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, sys.argv[1])
from merlon import Refused
from merlon.running import api_port, wait_for_api, wait_for_static_pod

folder = sys.argv[2]
manifest = folder + "/pod.yaml"


def start():
    # The name is nobody else's on a machine that runs real components.
    return subprocess.Popen(["bash", "-c", "exec -a /usr/bin/merlon-waits sleep 60"])


def refused(words, call):
    try:
        call()
    except Refused as problem:
        assert words in str(problem), problem
    else:
        sys.exit("not refused: " + words)


children = [start()]
try:
    open(manifest, "w").close()
    os.utime(manifest, (time.time() + 5, time.time() + 5))
    refused("was not started anew within 1 seconds",
            lambda: wait_for_static_pod("merlon-waits", manifest, 1))
    os.utime(manifest, (time.time() - 5, time.time() - 5))
    wait_for_static_pod("merlon-waits", manifest, 5)
finally:
    for child in children:
        child.kill()

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
answers = [b"500 not yet", b"401 Unauthorized"]


def serve():
    while answers:
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True) as stream:
            assert b"Authorization" not in stream.recv(4096)
            stream.sendall(b"HTTP/1.1 " + answers.pop(0) + b"\r\n\r\n")


threading.Thread(target=serve, daemon=True).start()
wait_for_api(port, 20)
assert not answers
listener.close()
refused("did not answer", lambda: wait_for_api(port, 1))

POD = "spec:\n  containers:\n  - command:\n    - kube-apiserver\n%s"
assert api_port("static-pod", POD % "") == 6443
assert api_port("static-pod", POD % "    - --secure-port=8443\n") == 8443
assert api_port("arguments", "--x=1\n--secure-port=16443\n") == 16443
assert api_port("supervisor", "https-listen-port: 7443\n") == 7443
assert api_port("supervisor", "token: x\n") == 6443
