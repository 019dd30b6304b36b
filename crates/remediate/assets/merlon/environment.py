"""Flags inside a variable of an environment file, read as systemd reads `EnvironmentFile=`."""

import re

from . import Refused
from .flags import Words, change_words, occurrences
from .lines import PLAIN


class Assignment:
    """One assignment: its name, where its raw value stands, and its characters with places."""

    def __init__(self, name, start):
        self.name, self.start, self.end, self.characters = name, start, start, []

    def words(self):
        """The words of the value: (text, start, end), places in the file's text."""
        words, current, quote = [], None, ""
        for char, start, end in self.characters:
            if not quote and char in " \t\n\r":
                current = None
                continue
            if current is None:
                current = ["", start, end]
                words.append(current)
            current[2] = end
            if quote and char == quote:
                quote = ""
            elif not quote and char in "\"'":
                quote = char
            else:
                current[0] += char
        if quote:
            raise Refused("a quote is left open in %s" % self.name)
        return [tuple(each) for each in words]


def assignments(text):
    """The assignments of an environment file in their order (systemd's `env-file.c`)."""
    found, place = [], 0
    head = re.compile(r"[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=")
    while place < len(text):
        match = head.match(text, place)
        if match:
            found.append(_value(text, Assignment(match.group(1), match.end())))
            place = found[-1].end
        else:
            place = _line_end(text, place)
        place += 1
    return found


def _line_end(text, place):
    """The end of a line that assigns nothing; a backslash lets it go on, in a comment too."""
    while True:
        end = text.find("\n", place)
        if end < 0:
            return len(text)
        if not text[place:end].rstrip("\r").endswith("\\"):
            return end
        place = end + 1


def _value(text, assignment):
    place, quote, fresh = assignment.start, "", True
    characters = assignment.characters
    while place < len(text):
        char = text[place]
        following = text[place + 1:place + 2]
        if quote:
            if char == quote:
                quote, fresh = "", True
            elif char == "\\" and quote == '"' and following == "\n":
                place += 1
            elif char == "\\" and quote == '"' and following in tuple('"\\$`'):
                characters.append((following, place, place + 2))
                place += 1
            else:
                characters.append((char, place, place + 1))
        elif char == "\n":
            break
        elif char == "\\":
            if following != "\n":
                characters.append((following, place, place + 2))
            fresh = False
            place += 1
        elif fresh and char in "\"'":
            quote = char
        elif fresh and char in " \t":
            pass
        else:
            fresh = False
            characters.append((char, place, place + 1))
        place += 1
    if quote:
        raise Refused("the quote of %s is left open" % assignment.name)
    assignment.end = place
    return assignment


class VariableWords(Words):
    """The words of one variable; the last assignment of its name counts."""

    def __init__(self, text, variable):
        self.text, self.variable = text, variable
        found = [each for each in assignments(text) if each.name == variable]
        self.assignment = found[-1] if found else None
        self.places = self.assignment.words() if self.assignment else []
        self.texts = [word for word, _, _ in self.places]

    def argument(self, flag, value):
        argument = super().argument(flag, value)
        if not PLAIN.fullmatch(argument):
            raise Refused("the value of --%s has characters that would need quotes; "
                          "set it by hand" % flag)
        return argument

    def render(self):
        return self.text

    def replace(self, index, text):
        _, start, end = self.places[index]
        self.text = self.text[:start] + text + self.text[end:]

    def delete(self, index):
        _, start, end = self.places[index]
        if index + 1 < len(self.places):
            end = self.places[index + 1][1]
        elif index:
            start = self.places[index - 1][2]
        self.text = self.text[:start] + self.text[end:]

    def add(self, text):
        if self.assignment is None:
            end = "" if not self.text or self.text.endswith("\n") else "\n"
            self.text += '%s%s="%s"\n' % (end, self.variable, text)
        elif not self.places:
            start, end = self.assignment.start, self.assignment.end
            self.text = self.text[:start] + '"%s"' % text + self.text[end:]
        else:
            end = self.places[-1][2]
            gap = " "
            if len(self.places) > 1:
                between = self.text[self.places[-2][2]:self.places[-1][1]]
                gap = between if re.fullmatch(r"[ \t]*\\?\n?[ \t]*", between) else " "
            self.text = self.text[:end] + gap + text + self.text[end:]


def change_variable(text, variable, changes):
    """Flags of a variable; a flag that another variable of the file has is changed there."""
    absent = []
    for change in changes:
        where = [variable]
        for each in assignments(text):
            if each.name not in where:
                words = VariableWords(text, each.name).texts
                if occurrences(words, change["name"]):
                    where.append(each.name)
        own = occurrences(VariableWords(text, variable).texts, change["name"])
        if change["do"] == "set":
            where = where[:1] if own or len(where) == 1 else where[-1:]
        missing = []
        for name in where:
            text, gone = change_words(
                lambda text, name=name: VariableWords(text, name), text, [change])
            missing.append(bool(gone))
        if all(missing):
            absent.append(change["name"])
    return text, absent
