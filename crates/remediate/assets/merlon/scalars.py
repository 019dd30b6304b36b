"""Writes values as YAML scalars."""

import json
import re

PLAIN = re.compile(r"[A-Za-z0-9_./+-][^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029]*")
OTHER_TYPE = re.compile(
    r"(?i:~|null|true|false|yes|no|on|off|y|n|\.nan|[-+]?\.inf"
    r"|[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*(:[0-5]?[0-9])*)"
    r"|[-+]?([0-9][0-9_]*)?\.?[0-9_]*(e[-+]?[0-9]+)?"
    r"|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?.*)"
)


def is_plain(text, flow=False):
    """Whether a text may stand without quotes (whatever type it then has)."""
    if not PLAIN.fullmatch(text) or text != text.strip() or text.endswith(":"):
        return False
    if re.match(r"(-|---|\.\.\.)(\s|$)", text):
        return False
    if ": " in text or " #" in text or ":\t" in text or "\t#" in text:
        return False
    return not (flow and re.search(r"[\[\]{},]", text))


def quoted(text):
    """A text between double quotes."""
    body = json.dumps(text, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029]",
                  lambda match: "\\u%04x" % ord(match.group()), body)


def word(text, flow=False, like=""):
    """A text that is known to be read as text where it stands, such as an argument."""
    if like.startswith("'") and "\n" not in text and text.isprintable():
        return "'%s'" % text.replace("'", "''")
    if like.startswith('"') or not is_plain(text, flow):
        return quoted(text)
    return text


def scalar(kind, value, like=""):
    """A value of a kind: bool, integer, text, or auto for what a person wrote down."""
    if kind == "bool":
        return "true" if value in (True, "true", "True") else "false"
    if kind == "integer":
        return str(int(value))
    text = str(value)
    if kind == "text" and not like and OTHER_TYPE.fullmatch(text):
        return quoted(text)
    if kind == "auto":
        like = ""
    return word(text, False, like)
