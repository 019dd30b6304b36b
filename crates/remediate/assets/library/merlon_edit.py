#!/usr/bin/python
"""Sets or removes flags and keys in the files that configure a Kubernetes node."""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.merlon import Refused
from ansible.module_utils.merlon.nodefile import apply

DOCUMENTATION = r"""
module: merlon_edit
short_description: Edit a file that configures a Kubernetes node, keeping everything else in it
description:
  - Comments, order, indentation and quotes stay. What is not understood is refused, not guessed.
  - The file as it was is kept below /var/backups/merlon.
options:
  kind:
    description: What the file is.
    choices: [static-pod, configuration, variable, variables, arguments, supervisor, unit, sysctl]
    required: true
  path: {description: The file., required: true}
  changes:
    description:
      - What to do in it, in order. Each has C(do) (set or remove), C(name) (a flag, or a list of
        keys), C(value), C(type) (bool, integer, text, list or auto) and C(tags).
      - With C(--tags), only those are made whose tags are asked for.
    required: true
  program: {description: The component whose command it is.}
  variable: {description: The variable that holds the flags.}
  key: {description: The supervisor's key that holds the flags.}
  unit: {description: The systemd unit.}
  root: {description: Put before every path., default: /}
"""

OPTIONS = ("program", "variable", "key", "unit")


def main():
    module = AnsibleModule(
        argument_spec=dict(
            kind=dict(required=True, choices=[
                "static-pod", "configuration", "variable", "variables", "arguments",
                "supervisor", "unit", "sysctl"]),
            path=dict(required=True),
            changes=dict(required=True, type="list", elements="dict"),
            program=dict(), variable=dict(), key=dict(), unit=dict(),
            root=dict(default="/"),
            run_tags=dict(type="list", elements="str", default=["all"]),
            skip_tags=dict(type="list", elements="str", default=[]),
        ),
        supports_check_mode=True,
    )
    given = module.params
    where = {name: given[name] for name in OPTIONS if given[name]}
    try:
        result = apply(
            given["kind"], given["path"], given["changes"], root=given["root"],
            check=module.check_mode, run_tags=given["run_tags"], skip_tags=given["skip_tags"],
            **where)
    except (Refused, OSError, ValueError) as problem:
        module.fail_json(msg="%s: %s" % (given["path"], problem))
        return
    for notice in result["notices"]:
        module.warn("%s: %s" % (given["path"], notice))
    module.exit_json(
        changed=result["changed"], backup=result["backup"], diff={"prepared": result["diff"]})


if __name__ == "__main__":
    main()
