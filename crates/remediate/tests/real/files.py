"""What happens to files: owner, mode, links, backups, and what is refused."""

import os
import stat
import sys

sys.path.insert(0, sys.argv[1])
from merlon import Refused, nodefile

root = sys.argv[2]
SET = [{"do": "set", "name": ["a"], "type": "integer", "value": 2}]


def write(path, text, mode=0o640):
    os.makedirs(os.path.dirname(root + path), exist_ok=True)
    with open(root + path, "w") as file:
        file.write(text)
    os.chmod(root + path, mode)


def apply(path, changes=SET, kind="configuration", **where):
    return nodefile.apply(kind, path, [dict(each) for each in changes], root=root, **where)


def refused(words, call):
    try:
        call()
    except (Refused, OSError) as problem:
        assert words in str(problem), problem
    else:
        sys.exit("not refused: " + words)


# Nothing but the file itself ever appears in the folder, not even for a moment.
write("/etc/m/x.yaml", "a: 1 # c\n")
seen = set()
replace = os.replace
os.replace = lambda source, target: (
    seen.update(os.listdir(root + "/etc/m")), seen.add(os.path.dirname(source)), replace(source, target))
inode = os.stat(root + "/etc/m/x.yaml").st_ino
result = apply("/etc/m/x.yaml")
assert result["changed"] and seen == {"x.yaml", os.path.realpath(root + "/etc")}, seen
state = os.stat(root + "/etc/m/x.yaml")
assert stat.S_IMODE(state.st_mode) == 0o640 and state.st_ino != inode
assert open(root + "/etc/m/x.yaml").read() == "a: 2 # c\n"
assert sorted(os.listdir(root + "/etc")) == ["m"], os.listdir(root + "/etc")
backup = result["backup"]
assert backup.startswith(os.path.realpath(root) + "/var/backups/merlon/etc/m/x.yaml."), backup
assert open(backup).read() == "a: 1 # c\n"
assert stat.S_IMODE(os.stat(backup).st_mode) == 0o600
assert stat.S_IMODE(os.stat(root + "/var/backups/merlon").st_mode) & 0o077 == 0
assert not apply("/etc/m/x.yaml")["changed"]

# Two changes within a second keep two backups.
write("/etc/m/x.yaml", "a: 3\n")
assert apply("/etc/m/x.yaml")["backup"] != backup

# A link stays a link; one that leads out of the root is refused.
write("/opt/real.yaml", "a: 1\n")
os.symlink("../../opt/real.yaml", root + "/etc/m/link.yaml")
apply("/etc/m/link.yaml")
assert os.path.islink(root + "/etc/m/link.yaml") and open(root + "/opt/real.yaml").read() == "a: 2\n"
os.symlink("/etc/passwd", root + "/etc/m/out.yaml")
refused("leads out of", lambda: apply("/etc/m/out.yaml"))

# What is missing is no configuration to make up, but a variable's file is.
refused("No such file", lambda: apply("/etc/none.yaml"))
flag = [{"do": "set", "name": "b", "value": "1"}]
assert apply("/etc/default/kubelet", flag, "variable", variable="ARGS")["changed"]
assert open(root + "/etc/default/kubelet").read() == 'ARGS="--b=1"\n'
assert stat.S_IMODE(os.stat(root + "/etc/default/kubelet").st_mode) == 0o644
assert apply("/etc/rancher/k3s/config.yaml", flag, "supervisor", key="kubelet-arg")["changed"]
assert stat.S_IMODE(os.stat(root + "/etc/rancher/k3s/config.yaml").st_mode) == 0o600

# Neither check mode nor a value that nobody chose changes anything.
write("/etc/m/y.yaml", "a: 1\n")
shown = apply("/etc/m/y.yaml", check=True)
assert shown["changed"] and "+a: 2" in shown["diff"] and not shown["backup"]
assert open(root + "/etc/m/y.yaml").read() == "a: 1\n"
open_choice = [{"do": "set", "name": "b", "value": "", "choice": "merlon_b"}]
left = apply("/etc/m/y.yaml", open_choice, "arguments")
assert not left["changed"] and left["notices"] == ["b is left out until merlon_b has a value"], left

# What somebody else changes meanwhile is not overwritten.
os.replace = replace
read = nodefile._read
times = []


def changing(path, may_lack):
    times.append(path)
    return read(path, may_lack) if len(times) < 2 else "a: 9\n"


nodefile._read = changing
refused("changed by somebody else", lambda: apply("/etc/m/y.yaml"))
nodefile._read = read
assert open(root + "/etc/m/y.yaml").read() == "a: 1\n"
assert not [name for name in os.listdir(root + "/etc") if name.startswith(".merlon")]

# A flag that is not there is told of; a parameter that a later file sets otherwise as well.
gone = apply("/etc/m/y.yaml", [{"do": "remove", "name": "x"}], "arguments")
assert gone["notices"] == ["x is not in /etc/m/y.yaml; if the component still has it, it stands elsewhere"]
write("/etc/sysctl.d/99-last.conf", "vm.a = 0\n")
later = apply("/etc/sysctl.d/90-merlon.conf", [{"do": "set", "name": "vm.a", "value": "1"}], "sysctl")
assert later["notices"] == ["/etc/sysctl.d/99-last.conf sets vm.a to another value at boot"], later
