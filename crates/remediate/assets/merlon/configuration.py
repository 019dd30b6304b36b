"""Sets and removes a key of a YAML or JSON configuration, keeping everything else as it stands."""

import json
import re
from collections import OrderedDict

from . import Refused
from .document import Document, Mapping, Scalar, Sequence, data, decode
from .scalars import quoted, scalar


def set_key(text, keys, kind, value):
    """The text with the key at the path set to a value of that kind (see `scalars`, and list)."""
    if is_json(text):
        return _edit_json(text, lambda root: _set_json(root, keys, kind, value))
    document = Document(text)
    _set(document, keys, kind, value)
    return _checked(text, document.render(), keys)


def remove_key(text, keys):
    """The text without the key at the path, and whether it was there."""
    if is_json(text):
        return _edit_json(text, lambda root: _remove_json(root, keys))
    document = Document(text)
    _remove(document, keys)
    return _checked(text, document.render(), keys)


def is_json(text):
    """Whether a file is JSON rather than block-style YAML."""
    return text.lstrip("\ufeff \t\r\n").startswith("{")


def descend(document, keys):
    """Where a path ends: `(mapping, None, left)` when the mapping lacks the first key of `left`,
    `(_, entry, left)` when the entry is there; `left` is then what its empty value lacks."""
    node, left = document.root, list(keys)
    holder = None
    while left:
        if node is None or isinstance(node, Scalar) and (node.is_null() or node.raw == "{}"):
            break
        _editable(node, keys[:len(keys) - len(left)])
        entry = node.entry(left[0])
        if entry is None:
            return node, None, left
        holder, node = entry, entry.value
        left.pop(0)
        if node is not None and node.anchored:
            raise Refused("line %d: %s has an anchor that others may use"
                          % (entry.line + 1, ".".join(keys)))
    return document.root, holder, left


def _editable(node, path):
    name = ".".join(path) or "the document"
    if node.anchored:
        raise Refused("line %d: %s has an anchor that others may use" % (node.line + 1, name))
    if isinstance(node, Scalar) and node.style == "flow":
        raise Refused("line %d: %s is written in flow style; write it as a block"
                      % (node.line + 1, name))
    if isinstance(node, Scalar) and node.style == "alias":
        raise Refused("line %d: %s is an alias" % (node.line + 1, name))
    if not isinstance(node, Mapping):
        raise Refused("line %d: %s is no mapping" % (node.line + 1, name))


def _set(document, keys, kind, value):
    mapping, entry, left = descend(document, keys)
    if entry is None:
        _insert(document, mapping, left, kind, value)
    elif left:
        _open(document, entry)
        step = entry.column + _step(document)
        document.lines[entry.line + 1:entry.line + 1] = _lines(step, left, kind, value)
    elif kind == "list":
        _set_list(document, entry, value)
    else:
        _set_scalar(document, entry, kind, value)


def _insert(document, mapping, keys, kind, value):
    if mapping is None:
        document.lines[document.ends:document.ends] = _lines(0, keys, kind, value)
        return
    if isinstance(mapping, Scalar):
        raise Refused("line %d: the document is no mapping" % (mapping.line + 1))
    place = mapping.last + 1
    document.lines[place:place] = _lines(
        mapping.column, keys, kind, value, _step(document))


def _step(document):
    """By how much the document indents mappings."""
    if isinstance(document.root, Mapping):
        for entry in document.root.entries:
            if isinstance(entry.value, Mapping):
                return entry.value.column - entry.column
    return 2


def _lines(indent, keys, kind, value, step=2):
    lines = []
    for place, key in enumerate(keys):
        head = " " * (indent + step * place) + scalar("text", key) + ":"
        if place + 1 < len(keys):
            lines.append(head)
        elif kind == "list" and value:
            lines.append(head)
            pad = " " * (indent + step * place)
            lines.extend("%s- %s" % (pad, scalar("text", each)) for each in value)
        elif kind == "list":
            lines.append(head + " []")
        else:
            lines.append(head + " " + scalar(kind, value))
    return lines


def _open(document, entry):
    """Takes the empty value of an entry away, so that lines can follow it."""
    line = document.lines[entry.line]
    if entry.value is not None and entry.value.line != entry.line:
        raise Refused("line %d: the value is not understood" % (entry.value.line + 1))
    rest = line[entry.value.end:] if entry.value is not None else line[entry.colon:]
    comment = " " + rest.strip() if rest.strip() else ""
    document.lines[entry.line] = line[:entry.colon] + comment


def _set_scalar(document, entry, kind, value):
    node = entry.value
    if node is None or node.line == entry.line and node.is_null() and node.raw == "":
        line = document.lines[entry.line]
        rest = line[entry.colon:].strip()
        rest = " " + rest if rest else ""
        document.lines[entry.line] = line[:entry.colon] + " " + scalar(kind, value) + rest
        return
    if not isinstance(node, Scalar):
        raise Refused("line %d: %s holds more than one value" % (entry.line + 1, entry.key))
    if not node.is_null():
        old = node.text()
        typed = node.style == "plain"
        if kind == "text" and old == str(value) or typed and old == scalar(kind, value):
            return
    like = node.raw[:1] if kind == "text" and node.style in ("single", "double") else ""
    line = document.lines[node.line]
    document.lines[node.line] = line[:node.column] + scalar(kind, value, like) + line[node.end:]


def _set_list(document, entry, wanted):
    node = entry.value
    if node is None or isinstance(node, Scalar) and node.is_null():
        _open(document, entry)
        body = _lines(entry.column, [entry.key], "list", wanted)[1:]
        if not body:
            document.lines[entry.line] += " []"
        document.lines[entry.line + 1:entry.line + 1] = body
    elif isinstance(node, Sequence):
        _set_items(document, entry, node, wanted)
    elif isinstance(node, Scalar) and node.style == "flow" and node.line == node.last:
        if node.raw[0] != "[":
            raise Refused("line %d: %s is no list" % (entry.line + 1, entry.key))
        if sorted(flow_words(node)) != sorted(wanted):
            items = ", ".join(quoted(each) for each in wanted)
            line = document.lines[node.line]
            document.lines[node.line] = line[:node.column] + "[%s]" % items + line[node.end:]
    else:
        raise Refused("line %d: %s is no list of texts" % (entry.line + 1, entry.key))


def _set_items(document, entry, node, wanted):
    """Takes out what is not wanted and adds what is missing: other lines stay, with comments."""
    left, remove = list(wanted), []
    for item in node.items:
        text = item_text(item)
        if text in left:
            left.remove(text)
        else:
            remove.append(item)
    added = ["%s- %s" % (" " * node.column, scalar("text", each)) for each in left]
    document.lines[node.last + 1:node.last + 1] = added
    for item in reversed(remove):
        del document.lines[item.line:item.last + 1]
    if not wanted:
        document.lines[entry.line] = document.lines[entry.line].rstrip() + " []"


def item_text(item):
    """The text of a list's element."""
    if not isinstance(item.value, Scalar) or item.value.line != item.line:
        raise Refused("line %d: an element is no text" % (item.line + 1))
    return item.value.text()


FLOW_ITEM = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,\[\]{}"'&*!#|>%@`?:][^,\[\]{}]*?)\s*(?:,|$)"""
)


def flow_words(node):
    """The texts of a flow sequence of one line."""
    inner, words, place = node.raw[1:-1].strip(), [], 0
    while place < len(inner):
        match = FLOW_ITEM.match(inner, place)
        if node.line != node.last or not match or _is_odd(match.group(1)):
            raise Refused("line %d: this list is not understood" % (node.line + 1))
        words.append(decode(match.group(1)))
        place = match.end()
    return words


def _is_odd(raw):
    return raw[0] not in "\"'" and re.search(r":(\s|$)|\s#", raw)


def _remove(document, keys):
    _, entry, left = descend(document, keys)
    if entry is None or left:
        return
    parent_keys = keys[:-1]
    _, parent, _ = descend(document, parent_keys) if parent_keys else (None, None, [])
    mapping = parent.value if parent else document.root
    del document.lines[entry.line:entry.last + 1]
    if parent and len(mapping.entries) == 1:
        line = document.lines[parent.line]
        rest = line[parent.colon:].strip()
        document.lines[parent.line] = line[:parent.colon] + " {}" + (" " + rest if rest else "")


def _checked(before, after, keys):
    """The edited text, after it was made sure that nothing but the key's path has changed."""
    if before == after:
        return before
    old, new = Document(before), Document(after)
    if _without(data(old.root), keys) != _without(data(new.root), keys):
        raise Refused("the edit of %s would have changed more than that" % ".".join(keys))
    return after


def _without(tree, keys):
    """A tree without the path; what is empty then is taken away as well."""
    if not isinstance(tree, list):
        return None if tree == "flow {}" else tree
    rest = []
    for pair in tree:
        if not isinstance(pair, tuple) or pair[0] != keys[0]:
            rest.append(pair)
        elif len(keys) > 1:
            value = _without(pair[1], keys[1:])
            if value is not None:
                rest.append((pair[0], value))
    return rest or None


def load_json(text):
    """A JSON document in its order; duplicate keys are refused."""
    def pairs(found):
        mapping = OrderedDict(found)
        if len(mapping) != len(found):
            raise Refused("a key is there twice")
        return mapping

    try:
        return json.loads(text.lstrip("\ufeff"), object_pairs_hook=pairs)
    except ValueError as error:
        raise Refused("the file is neither JSON nor block-style YAML: %s" % error)


def dump_json(root, like):
    """A JSON document, indented as another text is."""
    lines = like.strip().splitlines()
    if len(lines) < 2:
        body = json.dumps(root, ensure_ascii=False,
                          separators=(", ", ": ") if '": ' in like else (",", ":"))
    else:
        pad = lines[1][:len(lines[1]) - len(lines[1].lstrip())] or "  "
        body = json.dumps(root, ensure_ascii=False, indent=pad)
    return body + ("\n" if like.endswith("\n") else "")


def _edit_json(text, change):
    root = load_json(text)
    before = json.dumps(root)
    change(root)
    return text if json.dumps(root) == before else dump_json(root, text)


def _set_json(root, keys, kind, value):
    node = root
    for key in keys[:-1]:
        if node.get(key) is None:
            node[key] = OrderedDict()
        node = node[key]
        if not isinstance(node, dict):
            raise Refused("%s is no mapping" % key)
    typed = {
        "bool": lambda: value in (True, "true", "True"),
        "integer": lambda: int(value),
        "list": lambda: list(value),
        "text": lambda: str(value),
        "auto": lambda: _json_auto(value),
    }[kind]()
    if isinstance(node.get(keys[-1]), dict):
        raise Refused("%s holds more than one value" % ".".join(keys))
    if kind == "list" and isinstance(node.get(keys[-1]), list) \
            and sorted(map(str, node[keys[-1]])) == sorted(typed):
        return
    node[keys[-1]] = typed


def _json_auto(value):
    try:
        read = json.loads(value)
    except (TypeError, ValueError):
        return value
    return read if isinstance(read, (bool, int, float)) else value


def _remove_json(root, keys):
    node = root
    for key in keys[:-1]:
        node = node.get(key)
        if not isinstance(node, dict):
            return
    node.pop(keys[-1], None)
