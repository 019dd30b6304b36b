#!/usr/bin/python
"""Waits until a change of a Kubernetes node is in force."""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.merlon import Refused
from ansible.module_utils.merlon.running import wait

DOCUMENTATION = r"""
module: merlon_wait
short_description: Wait until what was changed runs
options:
  until:
    description:
      - static-pod waits for a process of the program that is younger than its manifest, and for
        the API server until it answers on this machine.
      - api waits until the API server answers on the port that the file gives it.
      - unit waits until the unit has run as one process for ten seconds.
    choices: [static-pod, api, unit]
    required: true
  name: {description: "The program, the kind of the file, or the unit.", required: true}
  path: {description: The manifest or the file.}
  seconds: {description: How long., default: 300}
"""


def main():
    module = AnsibleModule(
        argument_spec=dict(
            until=dict(required=True, choices=["static-pod", "api", "unit"]),
            name=dict(required=True), path=dict(default=""),
            root=dict(default="/"), seconds=dict(type="int", default=300)),
        supports_check_mode=True,
    )
    given = module.params
    if not module.check_mode:
        try:
            wait(given["until"], given["name"], given["path"], given["root"], given["seconds"])
        except (Refused, OSError, ValueError) as problem:
            module.fail_json(msg=str(problem))
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
