"""Runs the cases that come as JSON."""

import json, sys
sys.path.insert(0, sys.argv[1])
from merlon import Refused
from merlon.edits import edit
failed = 0
def text(lines):
    return "".join(line + "\n" for line in lines) if isinstance(lines, list) else lines
def change(do, name, value=None, type=None):
    return {"do": do, "name": name, "value": value, "type": type}
cases = json.load(sys.stdin)
assert len(cases) > 60, len(cases)
for case in cases:
    for part in ("before", "after"):
        if part in case:
            case[part] = text(case[part])
    if case.get("after") == "same\n":
        case["after"] = case["before"]
    case["changes"] = [change(*each) for each in case["changes"]]
    before = case["after"] if sys.argv[2] == "repeated" and "after" in case else case["before"]
    where = {key: case[key] for key in ("program", "variable", "key") if key in case}
    try:
        found = {"after": edit(case["kind"], before, case["changes"], **where)[0]}
    except Refused as refused:
        found = {"refused": str(refused)}
    if "refused" in case:
        right = case["refused"] in found.get("refused", "")
    else:
        right = found.get("after") == case["after"]
    if not right:
        failed += 1
        print("%s\n%s" % (case["why"], found.get("after") or found))
        print("--- expected\n%s" % (case.get("after") or case.get("refused")))
sys.exit(1 if failed else 0)
