"""Files of lines: one argument a line, variables of etcd, kernel parameters."""

import re

from . import Refused

PLAIN = re.compile(r"[^\s\"'\\$`#;][^\s\"'\\$`]*")


def change_arguments(text, changes):
    """Flags of a file with one argument a line (`--flag=value` or `--flag value`)."""
    absent = []
    for change in changes:
        flag = change["name"]
        pattern = re.compile(r"\s*--?([A-Za-z0-9][\w.-]*)(?:(?:=|\s+)(.*?))?\s*$")
        lines = text.splitlines(True)
        found = []
        for index, line in enumerate(lines):
            match = pattern.match(line)
            if match and match.group(1).replace("_", "-") == flag:
                found.append((index, (match.group(2) or "true").strip("\"'")))
        if change["do"] == "remove":
            absent.extend([] if found else [flag])
            keep = {index for index, _ in found}
            text = "".join(line for index, line in enumerate(lines) if index not in keep)
            continue
        if len(found) == 1 and found[0][1] == change["value"]:
            continue
        new = "--%s=%s\n" % (flag, _line_value(flag, change["value"]))
        if found:
            first, gone = found[0][0], {index for index, _ in found[1:]}
            lines[first] = new
            lines = [line for index, line in enumerate(lines) if index not in gone]
        else:
            _end(lines)
            lines.append(new)
        text = "".join(lines)
    return text, absent


def change_variables(text, changes):
    """Variables of an environment file, as `ETCD_CLIENT_CERT_AUTH=true`; the last one counts."""
    return _change_pairs(
        text, changes, r"\s*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$",
        lambda name, value: "%s=%s\n" % (name, _line_value(name, value)),
        lambda name: name)


def change_parameters(text, changes):
    """Kernel parameters, as `sysctl.d(5)` has them."""
    return _change_pairs(
        text, changes, r"\s*-?([A-Za-z0-9_][\w./*-]*)\s*=\s*(.*?)\s*$",
        lambda name, value: "%s = %s\n" % (name, _line_value(name, value)),
        lambda name: name.replace("/", "."))


def _change_pairs(text, changes, pattern, write, spelled):
    absent = []
    for change in changes:
        lines, name = text.splitlines(True), change["name"]
        found = []
        for index, line in enumerate(lines):
            match = re.match(pattern, line)
            if match and spelled(match.group(1)) == spelled(name):
                if line.rstrip("\n").endswith("\\"):
                    raise Refused("line %d: the value goes over several lines" % (index + 1))
                found.append((index, match.group(2).strip("\"'")))
        if change["do"] == "remove":
            absent.extend([] if found else [name])
            gone = {index for index, _ in found}
            text = "".join(line for index, line in enumerate(lines) if index not in gone)
        elif not found:
            _end(lines)
            text = "".join(lines) + write(name, change["value"])
        elif found[-1][1] != change["value"]:
            lines[found[-1][0]] = write(name, change["value"])
            text = "".join(lines)
    return text, absent


def _end(lines):
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"


def _line_value(name, value):
    if not PLAIN.fullmatch(value):
        raise Refused("the value of %s has characters that would need quotes; set it by hand" % name)
    return value
