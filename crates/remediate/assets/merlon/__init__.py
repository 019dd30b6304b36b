"""Edits of the files that configure a Kubernetes node.

Standard library of Python 3.6 and later, nothing else: it runs on nodes. The Ansible module and
the shell script of Merlon both use it, so that both make the same edits.
"""


class Refused(Exception):
    """The edit is not made: the file holds something that is not understood."""
