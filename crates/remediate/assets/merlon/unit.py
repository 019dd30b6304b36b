"""Flags on a systemd unit's command line, changed by a drop-in that repeats it."""

import os
import re

from . import Refused
from .environment import assignments
from .flags import Words, change_words, occurrences
from .manifest import names

DIRECTORIES = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator",
)
DROP_IN = "90-merlon.conf"
WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')+""")


def drop_in(unit):
    """Where the drop-in of a unit is written."""
    return "/etc/systemd/system/%s.d/%s" % (unit, DROP_IN)


class UnitWords(Words):
    """The words of a command line as systemd splits them, behind the program's name."""

    def __init__(self, text, program):
        self.text = text
        self.places = [match.span() for match in WORD.finditer(text)]
        if text.split() and WORD.sub("", text).strip():
            raise Refused("the command line has a quote that is left open")
        words = [_decoded(text[start:end]) for start, end in self.places]
        if ";" in words:
            raise Refused("the unit runs several commands in one line")
        words[:1] = [words[0].lstrip("@-:+!|")] if words else []
        found = names(words, program)
        if not found:
            raise Refused("the unit's command line does not name %s" % program)
        self.begin = found[0] + 1
        self.texts = words[self.begin:]

    def argument(self, flag, value):
        text = super().argument(flag, value)
        if "\n" in value or "\r" in value:
            raise Refused("the value of --%s goes over lines" % flag)
        text = text.replace("%", "%%").replace("$", "$$")
        if re.search(r"[\s\"'\\;]", text):
            text = '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')
        return text

    def render(self):
        return self.text

    def replace(self, index, text):
        start, end = self.places[self.begin + index]
        self.text = self.text[:start] + text + self.text[end:]

    def delete(self, index):
        start, end = self.places[self.begin + index]
        self.text = self.text[:start].rstrip() + self.text[end:]

    def add(self, text):
        self.text = self.text.rstrip() + " " + text


def _decoded(raw):
    """A word without quotes, escapes and doubled characters (`systemd.service(5)`)."""
    text = re.sub(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""",
                  lambda match: match.group(1) or match.group(2) or "", raw)
    return re.sub(r"\\(.)", r"\1", text).replace("%%", "%").replace("$$", "$")


def change_unit(files, variables, unit, program, changes):
    """The text of the drop-in, and the flags that were to go and are not there.

    `files` are the unit's files as (path, text): the unit, then its drop-ins in the order they
    are applied; `variables` are its environment files. None for the text means that nothing has
    to be changed.
    """
    if not files:
        raise Refused("no file of %s was found" % unit)
    starts = []
    for path, text in files:
        for value in directives(text, "ExecStart"):
            starts = starts + [(path, value)] if value else []
    if len(starts) != 1:
        raise Refused("%s has %d command lines" % (unit, len(starts)))
    source, command = starts[0]
    if os.path.basename(source) > DROP_IN and source != files[0][0]:
        raise Refused("%s is applied after %s; change it there" % (source, DROP_IN))
    for change in changes:
        _refuse_elsewhere(files, variables, change["name"])
    after, absent = change_words(lambda text: UnitWords(text, program), command, changes)
    if after == command:
        return None, absent
    words = [after[start:end] for start, end in UnitWords(after, program).places]
    lines = ["# The command line of %s with flags that Merlon changed; it stood in" % unit,
             "# %s. Delete this file to go back." % _origin(files, source),
             "[Service]", "ExecStart=", "ExecStart=" + " \\\n    ".join(words)]
    return "\n".join(lines) + "\n", absent


def _origin(files, source):
    """Where the command line stood before the first drop-in."""
    if os.path.basename(source) != DROP_IN:
        return source
    text = dict(files)[source]
    match = re.search(r"^# (/\S+)\. Delete this file", text, re.M)
    return match.group(1) if match else files[0][0]


def _refuse_elsewhere(files, variables, flag):
    """A flag in a variable would still be there, and counts beside the command line's."""
    for path, text in files:
        for value in directives(text, "Environment"):
            words = [word.strip("\"'") for word in re.split(r"[\s=\"']+(?=-)", value)]
            if occurrences(words, flag):
                raise Refused("%s sets --%s in a variable; change it there" % (path, flag))
    for path, text in variables:
        for assignment in assignments(text):
            if occurrences([word for word, _, _ in assignment.words()], flag):
                raise Refused("%s sets --%s in %s; change it there" % (path, flag, assignment.name))


def environment_files(files):
    """The environment files that a unit names; those with specifiers or globs are left out."""
    named = [value.lstrip("-") for _, text in files for value in directives(text, "EnvironmentFile")]
    return [path for path in named if path.startswith("/") and not re.search(r"[%*?]", path)]


def directives(text, key):
    """The values of a key of [Service], continuation lines joined."""
    section, found = "", []
    joined = re.sub(r"\\\n(?:[ \t]*[#;][^\n]*\n)*", " ", text.replace("\r\n", "\n"))
    for line in joined.split("\n"):
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == "Service" and line[:1] not in ("#", ";"):
            name, equals, value = line.partition("=")
            if equals and name.strip() == key:
                found.append(value.strip())
    return found
