"""Flags in the configuration of a supervisor: `kube-apiserver-arg:` of k3s and RKE2."""

from . import Refused
from .configuration import is_json, remove_key, set_key
from .document import Document, Mapping, Scalar, Sequence
from .flags import Words
from .manifest import delete_item, insert_item, list_texts, replace_item
from .scalars import word


class SupervisorWords(Words):
    """The elements of a list of arguments, which are written without dashes."""

    def __init__(self, text, key):
        if is_json(text):
            raise Refused("the file is written in flow style; write it as a block")
        self.document, self.key = Document(text), key
        root = self.document.root
        if root is not None and not isinstance(root, Mapping):
            raise Refused("the file is no mapping")
        self.entry = root.entry(key) if root is not None else None
        self.node = self.entry.value if self.entry is not None else None
        if self.node is not None and self.node.anchored:
            raise Refused("line %d: %s has an anchor" % (self.entry.line + 1, key))
        if isinstance(self.node, Scalar) and self.node.is_null():
            raise Refused("line %d: %s is empty; remove the line" % (self.entry.line + 1, key))
        self.single = isinstance(self.node, Scalar) and not self.node.raw.startswith("[")
        if self.node is None:
            self.raw = []
        else:
            self.raw = [self.node.text()] if self.single else list_texts(self.node)
        self.texts = [text if text.startswith("-") else "--" + text for text in self.raw]

    def argument(self, flag, value):
        dashes = any(text.startswith("--") for text in self.raw)
        return "%s%s=%s" % ("--" if dashes else "", flag, value)

    def render(self):
        return self.document.render()

    def replace(self, index, text):
        if self.single:
            line = self.document.lines[self.node.line]
            new = word(text, False, self.node.raw[:1])
            self.document.lines[self.node.line] = (
                line[:self.node.column] + new + line[self.node.end:])
        else:
            replace_item(self.document, self.node, index, text)

    def delete(self, index):
        if len(self.raw) == 1:
            del self.document.lines[self.entry.line:self.entry.last + 1]
        else:
            delete_item(self.document, self.node, index)

    def add(self, text):
        lines = self.document.lines
        if self.single:
            line = lines[self.node.line]
            if self.node.line != self.entry.line:
                raise Refused("line %d: the value is not understood" % (self.node.line + 1))
            rest = line[self.node.end:].rstrip()
            lines[self.node.line] = line[:self.entry.colon] + rest
            lines[self.node.line + 1:self.node.line + 1] = [
                "  - " + self.node.raw, "  - " + word(text)]
        elif self.node is not None:
            insert_item(self.document, self.node, len(self.raw), text)
        elif self.entry is not None:
            place = self.entry.line + 1
            lines[place:place] = ["  - " + word(text)]
        else:
            root = self.document.root
            place = root.last + 1 if root is not None else self.document.ends
            lines[place:place] = [word(self.key) + ":", "  - " + word(text)]


def change_map(text, key, changes):
    """Flags as a mapping below a dotted key, as k0s has them: `spec.api.extraArgs`."""
    absent = []
    for change in changes:
        keys = key.split(".") + [change["name"]]
        if change["do"] == "remove":
            after = remove_key(text, keys)
            if after == text:
                absent.append(change["name"])
            text = after
        else:
            text = set_key(text, keys, "text", change["value"])
    return text, absent
