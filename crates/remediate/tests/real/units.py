"""Command lines of units: the drop-in that is written, and what is refused."""

import os
import shutil
import sys

sys.path.insert(0, sys.argv[1])
from merlon import Refused, nodefile

root = sys.argv[2]
UNIT = "/usr/lib/systemd/system/kubelet.service"
DROP_IN = root + "/etc/systemd/system/kubelet.service.d/90-merlon.conf"


def check(files, changes, expected):
    shutil.rmtree(root)
    os.mkdir(root)
    for path, text in files.items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        with open(root + path, "w") as file:
            file.write(text)
    named = [{"do": "set", "name": name, "value": value} if value is not None
             else {"do": "remove", "name": name} for name, value in changes]
    for repeated in (False, True):
        try:
            result = nodefile.apply("unit", DROP_IN, named, root=root,
                                    unit="kubelet.service", program="kubelet")
        except Refused as problem:
            assert expected in str(problem), (files, str(problem))
            return
        assert result["changed"] != repeated or expected is None, (files, result)
    text = open(DROP_IN).read() if os.path.exists(DROP_IN) else ""
    start = text.partition("ExecStart=\nExecStart=")[2]
    found = " ".join(start.replace("\\\n", " ").split()) or None
    assert found == expected, (files, text)


def unit(start, more=""):
    return {UNIT: "[Unit]\nExecStart=/not/this\n[Service]\n%sExecStart=%s\n" % (more, start)}


A = [("a", "2")]
check(unit("/usr/bin/kubelet"), A, "/usr/bin/kubelet --a=2")
check(unit("/usr/bin/kubelet --a=1 --b"), A, "/usr/bin/kubelet --a=2 --b")
check(unit("/usr/bin/kubelet --a 1 \\\n  # comment\n  --b=1"), A, "/usr/bin/kubelet --a=2 --b=1")
check(unit("/usr/bin/kubelet --a=2"), A, None)
check(unit("-/usr/bin/kubelet --a=1 --b=\"x y\" 'c d'"), A, "-/usr/bin/kubelet --a=2 --b=\"x y\" 'c d'")
check(unit("/usr/bin/env X=1 /opt/kubelet --a=1"), A, "/usr/bin/env X=1 /opt/kubelet --a=2")
check(unit("/usr/bin/kubelet --b=1 --a=1"), [("a", None)], "/usr/bin/kubelet --b=1")
check(unit("/usr/bin/kubelet $ARGS"), [("a", "50% $x \"q\"")], "/usr/bin/kubelet $ARGS \"--a=50%% $$x \\\"q\\\"\"")
check(unit("/usr/bin/kubelet $ARGS", "Environment=\"ARGS=--a=1\"\n"), A, "sets --a in a variable")
check({**unit("/usr/bin/kubelet $ARGS", "EnvironmentFile=-/etc/kubelet\n"), "/etc/kubelet": "ARGS='--a=1'\n"},
      A, "/etc/kubelet sets --a in ARGS")
check({**unit("/usr/bin/kubelet $ARGS", "EnvironmentFile=-/etc/kubelet\n"), "/etc/kubelet": "ARGS='--ab=1'\n"},
      A, "/usr/bin/kubelet $ARGS --a=2")
check(unit("/bin/sh -c 'kubelet --a=1'"), A, "does not name kubelet")
check(unit("/usr/bin/kubelet --b='x"), A, "left open")
check(unit("/usr/bin/kubelet --a=1 ; /bin/x"), A, "several commands")
check(unit("/usr/bin/kubelet\nExecStart=/bin/x"), A, "has 2 command lines")
check({}, A, "no file of kubelet.service was found")
kubeadm = {"/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf":
           "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet $A --b=1\n"}
check({**unit("/usr/bin/kubelet"), **kubeadm}, A, "/usr/bin/kubelet $A --b=1 --a=2")
# A file of the same name in /etc takes its place.
own = {"/etc/systemd/system/kubelet.service.d/10-kubeadm.conf": "[Service]\nExecStart=\nExecStart=/x/kubelet\n"}
check({**unit("/usr/bin/kubelet"), **kubeadm, **own}, A, "/x/kubelet --a=2")
late = {"/etc/systemd/system/kubelet.service.d/99-x.conf": "[Service]\nExecStart=\nExecStart=/x/kubelet\n"}
check({**unit("/usr/bin/kubelet"), **late}, A, "99-x.conf is applied after 90-merlon.conf")
