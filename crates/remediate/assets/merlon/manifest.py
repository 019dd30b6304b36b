"""The command of a component in a static pod manifest, as words that can be changed."""

import os

from . import Refused
from .configuration import dump_json, flow_words, is_json, item_text, load_json
from .document import Document, Mapping, Scalar, Sequence
from .flags import Words
from .scalars import quoted, word


class ManifestWords(Words):
    """The words of `command` and `args` behind the program's name."""

    def __init__(self, text, program):
        self.document = Document(text)
        command, args = _container(self.document, program)
        self.lists = [each for each in (command, args) if each is not None]
        self.places = []
        for node in self.lists:
            count = len(node.items) if isinstance(node, Sequence) else len(flow_words(node))
            self.places.extend((node, index) for index in range(count))
        texts = [text for node in self.lists for text in list_texts(node)]
        self.begin = behind_program(texts, program, command is not None)
        self.texts = texts[self.begin:]

    def argument(self, flag, value):
        refuse_reference(flag, value)
        return super().argument(flag, value)

    def render(self):
        return self.document.render()

    def replace(self, index, text):
        node, place = self.places[self.begin + index]
        replace_item(self.document, node, place, text)

    def delete(self, index):
        node, place = self.places[self.begin + index]
        delete_item(self.document, node, place)

    def add(self, text):
        if self.begin == 0:
            insert_item(self.document, self.lists[0], 0, text)
        else:
            node, place = self.places[self.begin - 1]
            insert_item(self.document, node, place + 1, text)


class JsonManifestWords(Words):
    """The same for a manifest in JSON."""

    def __init__(self, text, program):
        self.like, self.root = text, load_json(text)
        found = []
        for container in _get(_get(self.root, "spec"), "containers") or []:
            command, args = container.get("command") or [], container.get("args") or []
            if names(command + args, program):
                found.append((command, args))
        if len(found) != 1:
            raise Refused("%d containers run %s" % (len(found), program))
        self.command, self.args = found[0]
        self.begin = behind_program(self.command + self.args, program, True)
        self.texts = (self.command + self.args)[self.begin:]

    def argument(self, flag, value):
        refuse_reference(flag, value)
        return super().argument(flag, value)

    def render(self):
        after = dump_json(self.root, self.like)
        return self.like if load_json(self.like) == self.root else after

    def _place(self, index):
        index += self.begin
        if index < len(self.command):
            return self.command, index
        return self.args, index - len(self.command)

    def replace(self, index, text):
        words, place = self._place(index)
        words[place] = text

    def delete(self, index):
        words, place = self._place(index)
        del words[place]

    def add(self, text):
        words, place = self._place(-1)
        words.insert(place + 1, text)


def refuse_reference(flag, value):
    """A value must not hold what the kubelet expands in commands."""
    if "$(" in value:
        raise Refused("the kubelet would expand $( in the value of --%s" % flag)


def manifest_words(text, program):
    """The words of the program in a manifest, YAML or JSON."""
    return (JsonManifestWords if is_json(text) else ManifestWords)(text, program)


def names(texts, program):
    """Where the program's name stands among words, as a list of indices."""
    found = []
    for index, text in enumerate(texts):
        if os.path.basename(text) == program and not text.startswith("-"):
            found.append(index)
        elif index and os.path.basename(texts[index - 1]) == "hyperkube" \
                and text in (program, program.replace("kube-", "", 1)):
            found.append(index)
    return found[:1]


def behind_program(texts, program, needed=True):
    """The index behind the program's name."""
    found = names(texts, program)
    if found:
        return found[0] + 1
    if needed:
        raise Refused("the command does not name %s as a word of its own "
                      "(a shell may start it)" % program)
    return 0


def _get(mapping, key):
    return mapping.get(key) if isinstance(mapping, dict) else None


def _container(document, program):
    spec = _child(document.root, "spec", "the manifest")
    containers = _child(spec, "containers", "spec")
    if not isinstance(containers, Sequence):
        raise Refused("spec.containers is no block list")
    found = []
    for item in containers.items:
        if not isinstance(item.value, Mapping):
            raise Refused("line %d: the container is no block mapping" % (item.line + 1))
        command, args = (_list(item.value, key) for key in ("command", "args"))
        texts = [text for node in (command, args) if node is not None for text in list_texts(node)]
        name = item.value.entry("name")
        named = name is not None and isinstance(name.value, Scalar) and name.value.text() == program
        if names(texts, program) or command is None and args is not None and named:
            found.append((command, args))
        elif named:
            raise Refused("line %d: the command does not name %s as a word of its own "
                          "(a shell may start it)" % (item.line + 1, program))
    if len(found) != 1:
        raise Refused("%d containers run %s" % (len(found), program))
    return found[0]


def _child(node, key, name):
    if not isinstance(node, Mapping):
        raise Refused("%s is no block mapping" % name)
    entry = node.entry(key)
    if entry is None or entry.value is None:
        raise Refused("%s has no %s" % (name, key))
    if entry.value.anchored:
        raise Refused("line %d: %s has an anchor that others may use" % (entry.line + 1, key))
    return entry.value


def _list(container, key):
    entry = container.entry(key)
    if entry is None or entry.value is None:
        return None
    node = entry.value
    if node.anchored:
        raise Refused("line %d: %s has an anchor that others may use" % (entry.line + 1, key))
    if isinstance(node, Sequence) or isinstance(node, Scalar) and node.raw.startswith("["):
        return node
    raise Refused("line %d: %s is no list" % (entry.line + 1, key))


def list_texts(node):
    """The texts of a list, block or flow."""
    if isinstance(node, Sequence):
        return [literal_text(item) for item in node.items]
    return flow_words(node)


def literal_text(item):
    """An element's text; a text over several lines is some script, and no flag."""
    if isinstance(item.value, Scalar) and item.value.line != item.value.last:
        return "\n" + item.value.raw
    return item_text(item)


def replace_item(document, node, place, text):
    """Writes another text in an element's place, quoted as it was."""
    if isinstance(node, Sequence):
        value = node.items[place].value
        line = document.lines[value.line]
        new = word(text, False, value.raw[:1])
        document.lines[value.line] = line[:value.column] + new + line[value.end:]
    else:
        _write_flow(document, node, lambda words: words.__setitem__(place, text))


def delete_item(document, node, place):
    """Takes an element's lines away."""
    if isinstance(node, Sequence):
        item = node.items[place]
        if document.lines[item.line][:node.column].strip():
            raise Refused("line %d: the element stands behind another dash" % (item.line + 1))
        del document.lines[item.line:item.last + 1]
    else:
        _write_flow(document, node, lambda words: words.__delitem__(place))


def insert_item(document, node, place, text):
    """Writes a new element before that place."""
    if isinstance(node, Sequence):
        last = node.items[place - 1].last + 1 if place else node.items[0].line
        document.lines[last:last] = ["%s- %s" % (" " * node.column, word(text))]
    else:
        _write_flow(document, node, lambda words: words.insert(place, text))


def _write_flow(document, node, change):
    words = flow_words(node)
    change(words)
    raw = "[%s]" % ", ".join(quoted(each) for each in words)
    line = document.lines[node.line]
    document.lines[node.line] = line[:node.column] + raw + line[node.end:]
