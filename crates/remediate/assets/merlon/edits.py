"""One entry for every kind of file: text in, text out."""

from . import Refused
from .configuration import remove_key, set_key
from .environment import change_variable
from .flags import change_words
from .lines import change_arguments, change_parameters, change_variables
from .manifest import manifest_words
from .supervisor import SupervisorWords, change_map

# Files that an edit may bring into being.
CREATED = ("sysctl", "supervisor", "variable")


def selected(changes, run_tags=("all",), skip_tags=()):
    """The changes that Ansible's --tags and --skip-tags ask for."""
    def wanted(change):
        tags = set(change.get("tags") or ())
        if tags & set(skip_tags):
            return False
        return not tags or bool({"all", "tagged"} & set(run_tags)) or bool(tags & set(run_tags))

    return [change for change in changes if wanted(change)]


def chosen(changes):
    """The changes that have a value, and those whose value nobody chose yet."""
    for change in changes:
        value = change.get("value")
        if isinstance(change["name"], str) and isinstance(value, (bool, int, list)):
            texts = value if isinstance(value, list) else [value]
            change["value"] = ",".join(
                str(each).lower() if isinstance(each, bool) else str(each) for each in texts)
    open_choices = [change for change in changes
                    if change["do"] == "set" and change.get("value") in (None, "", [])]
    return [change for change in changes if change not in open_choices], open_choices


def edit(kind, text, changes, program="", variable="", key=""):
    """The text after the changes, and the names that were to go and are not there.

    A change is `{"do": "set", "name": flag, "value": text}` or `{"do": "remove", "name": flag}`;
    in a configuration the name is a list of keys, and `type` says what the value is.
    """
    if kind == "static-pod":
        # Each new flag goes right behind the program: the last one first keeps their order.
        return change_words(lambda each: manifest_words(each, program), text, changes[::-1])
    if kind == "configuration":
        return _configuration(text, changes)
    if kind == "variable":
        return change_variable(text, variable, changes)
    if kind == "variables":
        return change_variables(text, changes)
    if kind == "arguments":
        return change_arguments(text, changes)
    if kind == "supervisor" and "." in key:
        return change_map(text, key, changes)
    if kind == "supervisor":
        return change_words(lambda each: SupervisorWords(each, key), text, changes)
    if kind == "sysctl":
        return change_parameters(text, changes)
    raise Refused("there is no kind of file called %s" % kind)


def _configuration(text, changes):
    absent = []
    for change in changes:
        if change["do"] == "remove":
            after = remove_key(text, change["name"])
            if after == text:
                absent.append(".".join(change["name"]))
            text = after
        else:
            text = set_key(text, change["name"], change.get("type") or "auto", change["value"])
    return text, absent
