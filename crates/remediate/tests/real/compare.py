"""Edits random documents and has PyYAML say what became of them."""

import copy, random, sys
sys.path.insert(0, sys.argv[1])
import yaml
from merlon import Refused
from merlon.configuration import set_key, remove_key
random.seed(20)
WORDS = ["a", "b c", "yes", "12", "x: y", "# h", "- d", "it's", '"q"', "{f}", "[l]", "&n", "*s",
         "!t", "|", ">", "%p", "@a", "`b", "two\nlines\n", " lead", "trail ", "", "null", "0x1f",
         "1:30", "2001-01-01", "\u00e9\u2028", "\ttab", "long " * 30, "key: |\n  # x\n", "---", "? q"]
# Longer keys, empty ones and those over lines are written with a question mark.
KEYS = [word for word in WORDS if 0 < len(word) < 100 and not set("\n\u2028") & set(word)]
def scalar():
    return random.choice(WORDS + [True, False, None, 5, 1.5])
def tree(depth):
    kind = random.random()
    if depth == 0 or kind < 0.4:
        return scalar()
    if kind < 0.8:
        return {random.choice(KEYS): tree(depth - 1) for _ in range(random.randrange(4))}
    return [tree(depth - 1) for _ in range(random.randrange(4))]
def comments(text):
    return "# \u00fcber\n" + text + "# end\n"
edited = refused = 0
for number in range(4000):
    root = {random.choice(KEYS): tree(3) for _ in range(1 + random.randrange(4))}
    text = comments(yaml.safe_dump(root, default_flow_style=random.choice([False, False, None]),
        indent=random.choice([2, 4]), width=random.choice([20, 80]), sort_keys=False,
        allow_unicode=random.choice([True, False])))
    path, node = [], root
    while isinstance(node, dict) and node and (not path or random.random() < 0.7):
        path.append(random.choice(list(node)))
        node = node[path[-1]]
    if random.random() < 0.4:
        path[-1:] = random.sample(KEYS, random.randrange(1, 3))
    expected = copy.deepcopy(root)
    value = random.choice([True, 7, "text", "yes", "x: y", ["p", "q r"]])
    if not all(isinstance(key, str) for key in path):
        continue
    kind = {bool: "bool", int: "integer", str: "text", list: "list"}[type(value)]
    inner, remove = expected, random.random() < 0.3
    try:
        after = remove_key(text, path) if remove else set_key(text, path, kind, value)
    except Refused:
        refused += 1
        continue
    edited += 1
    for key in path[:-1]:
        if inner.get(key) is None:
            inner[key] = {}
        inner = inner[key]
    if remove:
        inner.pop(path[-1], None)
    elif isinstance(value, list) and isinstance(inner.get(path[-1]), list) \
            and sorted(map(str, inner[path[-1]])) == sorted(value):
        pass
    else:
        inner[path[-1]] = value
    def normal(node):
        if isinstance(node, dict):
            return {key: normal(each) for key, each in node.items() if normal(each) not in (None, {})}
        return sorted(node) if isinstance(node, list) and all(isinstance(e, str) for e in node) else node
    found = yaml.safe_load(after)
    if normal(found or {}) != normal(expected):
        sys.exit("%r %r remove=%r\n%s\n--- after\n%s\n--- found %r\n--- expected %r" % (path, value, remove, text, after, found, expected))
    assert after.startswith("# \u00fcber\n") and "# end\n" in after, after
# Flow style, texts over lines and mappings in the place of a value are refused, and rightly.
assert edited > 2000, (edited, refused)
