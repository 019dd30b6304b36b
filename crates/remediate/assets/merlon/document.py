"""Reads block-style YAML into nodes that know where they stand, so that an edit touches only them.

Not a YAML library: it knows the part of YAML that configuration of nodes is written in, keeps
everything else as opaque text, and refuses what it cannot place with certainty.
"""

import re

from . import Refused

KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?![-?:] )[^\s\-?:,\[\]{}#&*!|>'"%@`](?:[^:#]|:(?=\S)|(?<!\s)#)*?"""
    r"""|[-?:](?=[^\s])(?:[^:#]|:(?=\S)|(?<!\s)#)*?)\s*:(?=\s|$)"""
)
PROPERTY = re.compile(r"([&!])\S*(?:\s+|$)")
BLOCK_HEADER = re.compile(r"[|>][-+0-9]{0,2}\s*(?:\s#.*)?$")
NULLS = ("", "~", "null", "Null", "NULL")


class Node:
    """A node: where it begins, and the last line that belongs to it. Lines count from 0."""

    anchored = False

    def __init__(self, line, column):
        self.line, self.column, self.last = line, column, line


class Mapping(Node):
    """A block mapping; `column` is the indentation of its keys."""

    def __init__(self, line, column):
        super().__init__(line, column)
        self.entries = []

    def entry(self, key):
        """The entry of the key, or None."""
        found = [entry for entry in self.entries if entry.key == key]
        if len(found) > 1:
            raise Refused("line %d: the key %s is there twice" % (found[1].line + 1, key))
        if not found and any(entry.key == "<<" for entry in self.entries):
            raise Refused("line %d: a merge key (<<) may supply %s" % (self.line + 1, key))
        return found[0] if found else None


class Entry:
    """A key with its value. `colon` is the column behind the colon; value None is null."""

    def __init__(self, key, line, column, colon):
        self.key, self.line, self.column, self.colon = key, line, column, colon
        self.value, self.last = None, line


class Sequence(Node):
    """A block sequence; `column` is where its dashes stand."""

    def __init__(self, line, column):
        super().__init__(line, column)
        self.items = []


class Item:
    """An element of a block sequence; value None is null."""

    def __init__(self, line):
        self.line, self.last, self.value = line, line, None


class Scalar(Node):
    """A scalar, a flow collection or an alias: text from (line, column) to (last, end)."""

    def __init__(self, line, column, style):
        super().__init__(line, column)
        self.style, self.end, self.raw = style, column, ""

    def text(self):
        """What the scalar says."""
        if self.style not in ("plain", "single", "double"):
            raise Refused("line %d: a plain value was expected" % (self.line + 1))
        if self.last != self.line:
            raise Refused("line %d: the value goes over several lines" % (self.line + 1))
        return decode(self.raw)

    def is_null(self):
        return self.style == "plain" and self.raw in NULLS


def decode(raw):
    """The text that a scalar of one line says."""
    if raw.startswith("'"):
        return raw[1:-1].replace("''", "'")
    if raw.startswith('"'):
        return re.sub(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", _escape, raw[1:-1])
    return raw


def _escape(match):
    code = match.group(1)
    simple = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f",
              "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\",
              "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}
    if len(code) > 1:
        return chr(int(code[1:], 16))
    if code not in simple:
        raise Refused("the escape \\%s is not understood" % code)
    return simple[code]


class Document:
    """One document: its lines without line ends, and its root (None when it is empty)."""

    def __init__(self, text):
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.mark = "\ufeff" if text.startswith("\ufeff") else ""
        body = text[len(self.mark):].replace("\r\n", "\n")
        if re.search("[\r\x85\u2028\u2029]", body):
            raise Refused("the file has characters that end a line for some readers of YAML only")
        self.lines = body.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        start = self._prologue()
        self.root, following = self._block(start, 0, -1)
        following = self._content(following)
        if following is not None:
            raise Refused("line %d: this is not understood here" % (following + 1))

    def render(self):
        """The text of the lines as they are now."""
        return self.mark + "".join(line + self.newline for line in self.lines)

    def _prologue(self):
        start, ends = 0, None
        for number, line in enumerate(self.lines):
            if line.startswith("%"):
                raise Refused("line %d: YAML directives are not understood" % (number + 1))
            if re.match(r"(---|\.\.\.)(\s|$)", line):
                if line[3:].strip() and not line[3:].strip().startswith("#"):
                    raise Refused("line %d: content behind %s" % (number + 1, line[:3]))
                before = self.lines[start:number]
                if ends is None and all(_is_empty(each) for each in before):
                    start = number + 1
                else:
                    ends = number if ends is None else ends
        if ends is not None and not all(
            _is_empty(each) or re.match(r"(---|\.\.\.)(\s|$)", each) for each in self.lines[ends:]
        ):
            raise Refused("line %d: the file holds several documents" % (ends + 1))
        self.ends = len(self.lines) if ends is None else ends
        return start

    def _content(self, number):
        """The next line with content."""
        while number < self.ends:
            if not _is_empty(self.lines[number]):
                return number
            number += 1
        return None

    def _indent(self, number):
        line = self.lines[number]
        indent = len(line) - len(line.lstrip(" "))
        if line[indent:indent + 1] == "\t":
            raise Refused("line %d: a tab indents it" % (number + 1))
        return indent

    def _block(self, number, least, parent):
        """The node that begins on the next content line, if it is indented enough."""
        begin = self._content(number)
        if begin is None:
            return None, number
        indent = self._indent(begin)
        if indent < least:
            return None, begin
        return self._at(begin, indent, parent)

    def _at(self, number, column, parent):
        text = self.lines[number][column:]
        if text == "-" or text.startswith(("- ", "-\t")):
            return self._sequence(number, column)
        if text == "?" or text.startswith("? "):
            raise Refused("line %d: keys with ? are not understood" % (number + 1))
        if KEY.match(text):
            return self._mapping(number, column)
        return self._value(number, column, parent)

    def _sequence(self, number, column):
        node = Sequence(number, column)
        while True:
            item = Item(number)
            rest = self.lines[number][column + 1:]
            if rest[:1] == "\t":
                raise Refused("line %d: a tab follows the dash" % (number + 1))
            inner = column + 1 + len(rest) - len(rest.lstrip(" "))
            if rest.strip() == "" or rest.lstrip().startswith("#"):
                item.value, following = self._block(number + 1, column + 1, column)
            else:
                item.value, following = self._at(number, inner, column)
            item.last = item.value.last if item.value else number
            node.items.append(item)
            node.last = item.last
            number = self._content(following)
            if number is None:
                return node, following
            indent = self._indent(number)
            dash = re.match(r"-(\s|$)", self.lines[number][indent:])
            if indent != column or not dash:
                if indent > column:
                    raise Refused("line %d: the indentation is not understood" % (number + 1))
                return node, number

    def _mapping(self, number, column):
        node = Mapping(number, column)
        while True:
            match = KEY.match(self.lines[number][column:])
            if not match:
                raise Refused("line %d: a key was expected" % (number + 1))
            colon = column + match.end()
            entry = Entry(decode(match.group(1)), number, column, colon)
            entry.value, following = self._entry_value(entry, column)
            entry.last = entry.value.last if entry.value else number
            node.entries.append(entry)
            node.last = entry.last
            number = self._content(following)
            if number is None:
                return node, following
            indent = self._indent(number)
            if indent > column:
                raise Refused("line %d: the indentation is not understood" % (number + 1))
            if indent < column or re.match(r"-(\s|$)", self.lines[number][indent:]):
                return node, number

    def _entry_value(self, entry, column):
        number = entry.line
        rest = self.lines[number][entry.colon:]
        if rest.strip() and not rest.lstrip().startswith("#"):
            start = entry.colon + len(rest) - len(rest.lstrip())
            return self._value(number, start, column)
        following = self._content(number + 1)
        if following is None:
            return None, number + 1
        indent = self._indent(following)
        if indent == column and re.match(r"-(\s|$)", self.lines[following][indent:]):
            return self._sequence(following, indent)
        if indent > column:
            return self._at(following, indent, column)
        return None, following

    def _value(self, number, column, parent):
        """A value that begins on this line behind a key or a dash."""
        anchored = False
        while True:
            match = PROPERTY.match(self.lines[number], column)
            if not match:
                break
            anchored = anchored or match.group(1) == "&"
            column = match.end()
        text = self.lines[number][column:]
        if text.strip() == "" or text.startswith("#"):
            node, following = self._block(number + 1, parent + 1, parent)
            node = node or Scalar(number, column, "plain")
        else:
            node, following = self._scalar(number, column, parent)
        node.anchored = node.anchored or anchored
        return node, following

    def _scalar(self, number, column, parent):
        first = self.lines[number][column]
        if first in "|>":
            return self._literal(number, column, parent)
        if first in "\"'":
            style = "double" if first == '"' else "single"
            return self._spanning(number, column, style)
        if first in "[{":
            return self._spanning(number, column, "flow")
        if first in "@`%" or re.match(r"[-?:](\s|$)", self.lines[number][column:]):
            raise Refused("line %d: this value is not understood" % (number + 1))
        return self._plain(number, column, parent)

    def _literal(self, number, column, parent):
        if not BLOCK_HEADER.match(self.lines[number][column:]):
            raise Refused("line %d: this block scalar is not understood" % (number + 1))
        node = Scalar(number, column, "literal")
        following = number + 1
        while following < self.ends:
            line = self.lines[following]
            if line.strip() and len(line) - len(line.lstrip(" ")) <= parent:
                break
            if line.strip() or "+" in self.lines[number][column:column + 3]:
                node.last = following
            following += 1
        return self._close(node, len(self.lines[node.last])), following

    def _plain(self, number, column, parent):
        style = "alias" if self.lines[number][column] == "*" else "plain"
        node = Scalar(number, column, style)
        following, start = number, column
        while True:
            text = self.lines[following][start:]
            comment = re.search(r"\s#", text)
            piece = (text[:comment.start()] if comment else text).rstrip()
            if re.search(r":(\s|$)", piece):
                raise Refused("line %d: a colon stands inside a value" % (following + 1))
            node.last, end = following, start + len(piece)
            following += 1
            upcoming = self._content(following)
            if comment or upcoming is None or self._indent(upcoming) <= parent:
                return self._close(node, end), following
            if any(line.strip() for line in self.lines[following:upcoming]):
                raise Refused("line %d: a comment stands inside a value" % (following + 1))
            following, start = upcoming, self._indent(upcoming)

    def _spanning(self, number, column, style):
        """Quoted text or a flow collection, which may go over lines."""
        node = Scalar(number, column, style)
        depth, quote, line, place = 0, "", number, column
        while True:
            text = self.lines[line]
            while place < len(text):
                char = text[place]
                if quote:
                    if quote == '"' and char == "\\":
                        place += 1
                    elif char == quote and quote == "'" and text[place + 1:place + 2] == "'":
                        place += 1
                    elif char == quote:
                        quote = ""
                elif char in "\"'" and (depth == 0 or text[place - 1] in " \t[{,:" or place == 0):
                    quote = char
                elif char in "[{":
                    depth += 1
                elif char in "]}":
                    depth -= 1
                elif char == "#" and (place == 0 or text[place - 1] in " \t"):
                    break
                place += 1
                if not quote and depth == 0:
                    rest = text[place:]
                    if rest.strip() and not re.match(r"\s+#", rest):
                        raise Refused("line %d: something follows a value" % (line + 1))
                    node.last = line
                    return self._close(node, place), line + 1
            line, place = line + 1, 0
            if line >= self.ends:
                raise Refused("line %d: a quote or bracket is left open" % (number + 1))

    def _close(self, node, end):
        node.end = end
        lines = self.lines[node.line:node.last + 1]
        if len(lines) == 1:
            node.raw = lines[0][node.column:end]
        else:
            node.raw = "\n".join([lines[0][node.column:]] + lines[1:-1] + [lines[-1][:end]])
        return node


def _is_empty(line):
    text = line.lstrip(" \t")
    return text == "" or text.startswith("#")


def data(node):
    """What a node says, without places: for comparing before and after."""
    if node is None:
        return None
    if isinstance(node, Mapping):
        return [(entry.key, data(entry.value)) for entry in node.entries]
    if isinstance(node, Sequence):
        return [data(item.value) for item in node.items]
    if node.style in ("plain", "single", "double") and node.line == node.last:
        if node.is_null():
            return None
        return "%s %s" % ("plain" if node.style == "plain" else "text", decode(node.raw))
    return "%s %s" % (node.style, node.raw)
