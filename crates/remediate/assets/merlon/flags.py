"""Decides how the words of a command line change when a flag is set or removed."""

from . import Refused


class Words:
    """Words that can be changed where they stand.

    `texts` are the words behind the program, flags with dashes. After one change the object is
    used up, except for `render`, which gives the text of the whole file.
    """

    texts = ()

    def replace(self, index, text):
        """Writes another word in the place of one."""
        raise NotImplementedError

    def delete(self, index):
        """Takes a word away."""
        raise NotImplementedError

    def add(self, text):
        """Writes a new word where new flags go."""
        raise NotImplementedError

    def argument(self, flag, value):
        """How a flag with its value is written here."""
        return "--%s=%s" % (flag, value)

    def render(self):
        """The text of the whole file."""
        raise NotImplementedError


class CommandLine:
    """A command line that is read anew after each change."""

    def __init__(self, read, text):
        self.read, self.text = read, text

    @property
    def texts(self):
        """The words as they are now."""
        return self.read(self.text).texts

    def argument(self, flag, value):
        """How a flag with its value is written here."""
        return self.read(self.text).argument(flag, value)

    def replace(self, index, text):
        """Writes another word in the place of one."""
        self._change(lambda words: words.replace(index, text))

    def delete(self, index):
        """Takes a word away."""
        self._change(lambda words: words.delete(index))

    def add(self, text):
        """Writes a new word where new flags go."""
        self._change(lambda words: words.add(text))

    def _change(self, change):
        words = self.read(self.text)
        change(words)
        self.text = words.render()


def occurrences(texts, flag):
    """Where a flag stands: (index, value or None, whether its value is the following word).

    pflag takes underscores in names for dashes (`WordSepNormalizeFunc`); Go's flag package, which
    etcd uses, takes one dash as well as two.
    """
    found, index = [], 0
    while index < len(texts):
        text = texts[index]
        if text == "--":
            break
        name, equals, value = text.lstrip("-").partition("=")
        following = texts[index + 1] if index + 1 < len(texts) else None
        if 1 <= len(text) - len(text.lstrip("-")) <= 2 and name.replace("_", "-") == flag:
            if equals:
                found.append((index, value, False))
            elif following is not None and not following.startswith("-"):
                found.append((index, following, True))
                index += 1
            else:
                found.append((index, None, False))
        index += 1
    return found


def set_flag(line, flag, value):
    """Gives the flag one place and that value."""
    found = occurrences(line.texts, flag)
    if len(found) == 1:
        _, present, _ = found[0]
        if present == value or present is None and value == "true":
            return
    argument = line.argument(flag, value)
    if not found:
        line.add(argument)
        return
    for index, _, separate in reversed(found[1:]):
        _delete(line, index, separate)
    index, _, separate = found[0]
    if separate:
        line.delete(index + 1)
    line.replace(index, argument)


def remove_flag(line, flag):
    """Takes the flag away wherever it stands; says whether it was there."""
    found = occurrences(line.texts, flag)
    for index, _, separate in reversed(found):
        _delete(line, index, separate)
    return bool(found)


def _delete(line, index, separate):
    if separate:
        line.delete(index + 1)
    line.delete(index)


def change_words(read, text, changes):
    """The text after changes of flags, and the flags that were to go and are not there.

    `read` makes `Words` of a text.
    """
    absent = []
    for change in changes:
        line, flag = CommandLine(read, text), change["name"]
        if change["do"] == "remove":
            if not remove_flag(line, flag):
                absent.append(flag)
        else:
            set_flag(line, flag, change["value"])
        _check(read, text, line.text, change)
        text = line.text
    return text, absent


def _check(read, before, after, change):
    """Makes sure that the edit did what it should and nothing else."""
    if before == after:
        return
    flag = change["name"]
    old, new = read(before).texts, read(after).texts
    if _others(old, flag) != _others(new, flag):
        raise Refused("the edit of --%s would have changed other words" % flag)
    values = [value for _, value, _ in occurrences(new, flag)]
    if values != ([] if change["do"] == "remove" else [change["value"]]):
        raise Refused("the edit of --%s did not come out right" % flag)


def _others(texts, flag):
    gone = set()
    for index, _, separate in occurrences(texts, flag):
        gone.update((index, index + 1) if separate else (index,))
    return [text for index, text in enumerate(texts) if index not in gone]
