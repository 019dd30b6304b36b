//! Cases of the baseline checks.

use super::Case;
use super::END;
use super::Says::{Baseline, Both, Restricted};
use super::Slot::{Annotations, Container, Context, PodContext, Spec};

/// By check, in the order of reports.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (&[], &[]),
    // appArmorProfile
    (&[(Annotations, "container.apparmor.security.beta.kubernetes.io/a: runtime/default")], &[]),
    (&[(Annotations, "container.apparmor.security.beta.kubernetes.io/a: localhost/own")], &[]),
    (&[(Annotations, "container.apparmor.security.beta.kubernetes.io/a: ''")], &[]),
    (&[(Annotations, "container.apparmor.security.beta.kubernetes.io/a: ~")], &[]),
    (&[(PodContext, "appArmorProfile: {type: RuntimeDefault}")], &[]),
    (&[(PodContext, "appArmorProfile: {type: Localhost, localhostProfile: own}")], &[]),
    (&[(Context, "appArmorProfile: ~")], &[]),
    (&[(Annotations, "container.apparmor.security.beta.kubernetes.io/a: unconfined")], &[Both(0, END,
        "forbidden AppArmor profile (annotation must not set AppArmor profile type to \"container.apparmor.security.beta.kubernetes.io/a=\"unconfined\"\")")]),
    (&[(Annotations, "container.apparmor.security.beta.kubernetes.io/a: \"docker\\t\\\"é\\u200b\\\"\", container.apparmor.security.beta.kubernetes.io/I: localhost")], &[Both(0, END,
        "forbidden AppArmor profiles (annotations must not set AppArmor profile type to \"container.apparmor.security.beta.kubernetes.io/I=\"localhost\"\", \"container.apparmor.security.beta.kubernetes.io/a=\"docker\\t\\\"é\\u200b\\\"\"\")")]),
    (&[(PodContext, "appArmorProfile: {type: Unconfined}")], &[Both(0, END,
        "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")")]),
    (&[(Context, "appArmorProfile: {type: Unconfined}")], &[Both(0, END,
        "forbidden AppArmor profile (container \"a\" must not set AppArmor profile type to \"Unconfined\")")]),
    (&[(PodContext, "appArmorProfile: {}"), (Context, "appArmorProfile: {type: runtime/default}")], &[Both(0, END,
        "forbidden AppArmor profiles (pod and container \"a\" must not set AppArmor profile type to \"\", \"runtime/default\")")]),
    (&[(PodContext, "appArmorProfile: {type: Unconfined}"), (Context, "appArmorProfile: {type: Unconfined}"),
       (Annotations, "container.apparmor.security.beta.kubernetes.io/a: unconfined")], &[Both(0, END,
        "forbidden AppArmor profiles (pod and container \"a\" and annotation must not set AppArmor profile type to \"Unconfined\", \"container.apparmor.security.beta.kubernetes.io/a=\"unconfined\"\")")]),
    // capabilities_baseline
    (&[(Context, "capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}")], &[]),
    (&[(Context, "capabilities: {drop: [ALL], add: []}")], &[]),
    (&[(Context, "capabilities: {drop: [ALL], add: [AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT]}")],
        &[Restricted(22, END, "unrestricted capabilities (container \"a\" must not include \"AUDIT_WRITE\", \"CHOWN\", \"DAC_OVERRIDE\", \"FOWNER\", \"FSETID\", \"KILL\", \"MKNOD\", \"SETFCAP\", \"SETGID\", \"SETPCAP\", \"SETUID\", \"SYS_CHROOT\" in securityContext.capabilities.add)")]),
    (&[(Context, "capabilities: {drop: [ALL], add: [NET_RAW]}")], &[
        Baseline(0, END, "non-default capabilities (container \"a\" must not include \"NET_RAW\" in securityContext.capabilities.add)"),
        Restricted(0, 22, "non-default capabilities (container \"a\" must not include \"NET_RAW\" in securityContext.capabilities.add)"),
        Restricted(22, END, "unrestricted capabilities (container \"a\" must not include \"NET_RAW\" in securityContext.capabilities.add)")]),
    (&[(Context, "capabilities: {drop: [ALL], add: [SYS_ADMIN, CAP_CHOWN, chown, SYS_ADMIN, ~, CHOWN]}")], &[
        Baseline(0, END, "non-default capabilities (container \"a\" must not include \"\", \"CAP_CHOWN\", \"SYS_ADMIN\", \"chown\" in securityContext.capabilities.add)"),
        Restricted(0, 22, "non-default capabilities (container \"a\" must not include \"\", \"CAP_CHOWN\", \"SYS_ADMIN\", \"chown\" in securityContext.capabilities.add)"),
        Restricted(22, END, "unrestricted capabilities (container \"a\" must not include \"\", \"CAP_CHOWN\", \"CHOWN\", \"SYS_ADMIN\", \"chown\" in securityContext.capabilities.add)")]),
    // hostNamespaces
    (&[(Spec, "hostNetwork: false\nhostPID: false\nhostIPC: ~")], &[]),
    (&[(Spec, "hostNetwork: true")], &[Both(0, END, "host namespaces (hostNetwork=true)")]),
    (&[(Spec, "hostPID: yes")], &[Both(0, END, "host namespaces (hostPID=true)")]),
    (&[(Spec, "hostIPC: true")], &[Both(0, END, "host namespaces (hostIPC=true)")]),
    (&[(Spec, "hostIPC: true\nhostPID: true\nhostNetwork: true")], &[Both(0, END, "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)")]),
    // hostPathVolumes
    (&[(Spec, "volumes: [{name: v, hostPath: {path: /}}]")], &[
        Baseline(0, END, "hostPath volumes (volume \"v\")"),
        Restricted(0, END, "restricted volume types (volume \"v\" uses restricted volume type \"hostPath\")")]),
    (&[(Spec, "volumes: [{name: v, hostPath: {path: /}}, {name: w, emptyDir: {}}, {name: u, hostPath: {path: /etc, type: Directory}}]")], &[
        Baseline(0, END, "hostPath volumes (volumes \"v\", \"u\")"),
        Restricted(0, END, "restricted volume types (volumes \"v\", \"u\" use restricted volume type \"hostPath\")")]),
    // hostPorts
    (&[(Container, "ports: [{containerPort: 80}, {containerPort: 81, hostPort: 0}, {containerPort: 82, hostPort: ~}]")], &[]),
    (&[(Container, "ports: [{containerPort: 80, hostPort: 8080}]")], &[Both(0, END, "hostPort (container \"a\" uses hostPort 8080)")]),
    (&[(Container, "ports: [{containerPort: 80, hostPort: 9}, {containerPort: 81}, {containerPort: 82, hostPort: 8080}, {containerPort: 82, hostPort: 8080, protocol: UDP}, {containerPort: 83, hostPort: 100}]")],
        &[Both(0, END, "hostPort (container \"a\" uses hostPorts 100, 8080, 9)")]),
    (&[(Spec, "containers: [{name: b, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}, ports: [{containerPort: 1, hostPort: 1}]}, {name: a, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}, ports: [{containerPort: 2, hostPort: 2}]}]")],
        &[Both(0, END, "hostPort (containers \"b\", \"a\" use hostPorts 1, 2)")]),
    // hostProbesAndHostLifecycle
    (&[(Container, "livenessProbe: {httpGet: {port: 80, host: ''}}, readinessProbe: {tcpSocket: {port: 80}}, startupProbe: {exec: {command: [x]}}")], &[]),
    (&[(Container, "livenessProbe: {httpGet: {port: 80, host: 169.254.169.254}}")], &[Both(34, END, "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"169.254.169.254\")")]),
    (&[(Container, "readinessProbe: {tcpSocket: {port: 80, host: b}}")], &[Both(34, END, "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"b\")")]),
    (&[(Container, "startupProbe: {tcpSocket: {port: 80, host: b}}, livenessProbe: {tcpSocket: {port: 80, host: a}}")], &[Both(34, END, "probe or lifecycle host (container \"a\" uses probe or lifecycle hosts \"a\", \"b\")")]),
    (&[(Container, "lifecycle: {postStart: {httpGet: {port: 80, host: localhost}}}")], &[Both(34, END, "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"localhost\")")]),
    (&[(Container, "lifecycle: {postStart: {exec: {command: [x]}}, preStop: {tcpSocket: {port: 80, host: 127.0.0.1}}}")], &[Both(34, END, "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"127.0.0.1\")")]),
    (&[(Spec, "containers: [{name: b, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}, livenessProbe: {tcpSocket: {port: 1, host: h}}}, {name: a, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}, livenessProbe: {tcpSocket: {port: 1, host: h}}}]")],
        &[Both(34, END, "probe or lifecycle host (containers \"a\", \"b\" use probe or lifecycle host \"h\")")]),
    // privileged
    (&[(Context, "privileged: false")], &[]),
    (&[(Context, "privileged: ~")], &[]),
    (&[(Context, "privileged: true, allowPrivilegeEscalation: true")], &[
        Both(0, END, "privileged (container \"a\" must not set securityContext.privileged=true)"),
        Restricted(8, END, "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)")]),
    (&[(Spec, "initContainers: [{name: z, image: x, securityContext: {privileged: true, capabilities: {drop: [ALL]}}}, {name: w, image: x, securityContext: {privileged: true, capabilities: {drop: [ALL]}}}]")], &[
        Both(0, END, "privileged (containers \"z\", \"w\" must not set securityContext.privileged=true)"),
        Restricted(8, END, "allowPrivilegeEscalation != false (containers \"z\", \"w\" must set securityContext.allowPrivilegeEscalation=false)")]),
    // procMount and procMount_restricted
    (&[(Context, "procMount: Default")], &[]),
    (&[(Context, "procMount: Unmasked")], &[Both(0, END, "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")")]),
    (&[(Context, "procMount: ''")], &[Both(0, END, "procMount (container \"a\" must not set securityContext.procMount to \"\")")]),
    (&[(Context, "procMount: Unmasked"), (Spec, "hostUsers: true")], &[Both(0, END, "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")")]),
    (&[(Context, "procMount: Unmasked"), (Spec, "hostUsers: false")], &[
        Baseline(0, 35, "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")"),
        Restricted(0, END, "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")")]),
    // seLinuxOptions
    (&[(PodContext, "seLinuxOptions: {}")], &[]),
    (&[(PodContext, "seLinuxOptions: {type: container_t, level: s0}"), (Context, "seLinuxOptions: {type: container_init_t, user: '', role: ~}")], &[]),
    (&[(Context, "seLinuxOptions: {type: container_kvm_t}")], &[]),
    (&[(Context, "seLinuxOptions: {type: container_engine_t}")], &[Both(0, 31, "seLinuxOptions (container \"a\" set forbidden securityContext.seLinuxOptions: type \"container_engine_t\")")]),
    (&[(PodContext, "seLinuxOptions: {type: container_engine_t}"), (Context, "seLinuxOptions: {type: spc_t}")], &[
        Both(0, 31, "seLinuxOptions (pod and container \"a\" set forbidden securityContext.seLinuxOptions: types \"container_engine_t\", \"spc_t\")"),
        Both(31, END, "seLinuxOptions (container \"a\" set forbidden securityContext.seLinuxOptions: type \"spc_t\")")]),
    (&[(PodContext, "seLinuxOptions: {user: u}")], &[Both(0, END, "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: user may not be set)")]),
    (&[(Context, "seLinuxOptions: {role: r}")], &[Both(0, END, "seLinuxOptions (container \"a\" set forbidden securityContext.seLinuxOptions: role may not be set)")]),
    (&[(PodContext, "seLinuxOptions: {role: r, type: x}"), (Context, "seLinuxOptions: {user: u, type: x}")], &[Both(0, END,
        "seLinuxOptions (pod and container \"a\" set forbidden securityContext.seLinuxOptions: type \"x\"; user may not be set; role may not be set)")]),
    // seccompProfile_baseline
    (&[(Annotations, "seccomp.security.alpha.kubernetes.io/pod: runtime/default, container.seccomp.security.alpha.kubernetes.io/a: docker/default, container.seccomp.security.alpha.kubernetes.io/i: localhost/x")], &[]),
    (&[(Annotations, "container.seccomp.security.alpha.kubernetes.io/absent: unconfined")], &[]),
    (&[(Annotations, "seccomp.security.alpha.kubernetes.io/pod: unconfined")], &[Both(0, 19, "seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")")]),
    (&[(Annotations, "container.seccomp.security.alpha.kubernetes.io/a: unconfined, container.seccomp.security.alpha.kubernetes.io/i: unconfined"), (Context, "seccompProfile: {type: Unconfined}")], &[
        Both(0, 19, "seccompProfile (forbidden annotations container.seccomp.security.alpha.kubernetes.io/a=\"unconfined\", container.seccomp.security.alpha.kubernetes.io/i=\"unconfined\")"),
        Both(19, END, "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \"Unconfined\")")]),
    (&[(Annotations, "container.seccomp.security.alpha.kubernetes.io/i: unconfined")], &[Both(0, 19, "seccompProfile (forbidden annotation container.seccomp.security.alpha.kubernetes.io/i=\"unconfined\")")]),
    (&[(Annotations, "seccomp.security.alpha.kubernetes.io/pod: ~")], &[Both(0, 19, "seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"\")")]),
    (&[(Annotations, "seccomp.security.alpha.kubernetes.io/pod: '', container.seccomp.security.alpha.kubernetes.io/i: localhost, container.seccomp.security.alpha.kubernetes.io/a: \"un\\\\\\n\"")], &[Both(0, 19,
        "seccompProfile (forbidden annotations container.seccomp.security.alpha.kubernetes.io/a=\"un\\\\\\n\", container.seccomp.security.alpha.kubernetes.io/i=\"localhost\", seccomp.security.alpha.kubernetes.io/pod=\"\")")]),
    (&[(PodContext, "seccompProfile: {type: Unconfined}")], &[
        Both(19, END, "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")")]),
    (&[(Context, "seccompProfile: {type: Unconfined}")], &[
        Both(19, END, "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \"Unconfined\")")]),
    (&[(PodContext, "seccompProfile: {type: Localhost, localhostProfile: x.json}"), (Context, "seccompProfile: {type: RuntimeDefault}")], &[]),
    (&[(PodContext, "seccompProfile: {type: Unconfined}"), (Context, "seccompProfile: {}")], &[
        Both(19, END, "seccompProfile (pod and container \"a\" must not set securityContext.seccompProfile.type to \"\", \"Unconfined\")")]),
    // sysctls
    (&[(PodContext, "sysctls: []")], &[]),
    (&[(PodContext, "sysctls: [{name: kernel.shm_rmid_forced, value: '1'}, {name: net.ipv4.ip_local_port_range, value: '1'}, {name: net.ipv4.tcp_syncookies, value: '1'}, {name: net.ipv4.ping_group_range, value: '1'}, {name: net.ipv4.ip_unprivileged_port_start, value: '1'}]")], &[]),
    (&[(PodContext, "sysctls: [{name: net.ipv4.ip_local_reserved_ports, value: '1'}]")], &[Both(0, 27, "forbidden sysctls (net.ipv4.ip_local_reserved_ports)")]),
    (&[(PodContext, "sysctls: [{name: net.ipv4.tcp_keepalive_time, value: '1'}, {name: net.ipv4.tcp_fin_timeout, value: '1'}, {name: net.ipv4.tcp_keepalive_intvl, value: '1'}, {name: net.ipv4.tcp_keepalive_probes, value: '1'}]")],
        &[Both(0, 29, "forbidden sysctls (net.ipv4.tcp_keepalive_time, net.ipv4.tcp_fin_timeout, net.ipv4.tcp_keepalive_intvl, net.ipv4.tcp_keepalive_probes)")]),
    (&[(PodContext, "sysctls: [{name: net.ipv4.tcp_wmem, value: '1'}, {name: net.ipv4.tcp_rmem, value: '1'}]")], &[Both(0, 32, "forbidden sysctls (net.ipv4.tcp_wmem, net.ipv4.tcp_rmem)")]),
    (&[(PodContext, "sysctls: [{name: net.ipv4.tcp_slow_start_after_idle, value: '1'}, {name: net.ipv4.tcp_notsent_lowat, value: '1'}]")], &[Both(0, 37, "forbidden sysctls (net.ipv4.tcp_slow_start_after_idle, net.ipv4.tcp_notsent_lowat)")]),
    (&[(PodContext, "sysctls: [{name: kernel.msgmax, value: '1'}, {name: net/ipv4/tcp_syncookies, value: '1'}]")], &[Both(0, END, "forbidden sysctls (kernel.msgmax, net/ipv4/tcp_syncookies)")]),
    (&[(PodContext, "sysctls: [{value: '1'}]")], &[Both(0, END, "forbidden sysctls")]),
    // windowsHostProcess
    (&[(PodContext, "windowsOptions: {hostProcess: false}"), (Context, "windowsOptions: {runAsUserName: x}")], &[]),
    (&[(PodContext, "windowsOptions: {hostProcess: true}"), (Spec, "hostNetwork: true")], &[
        Both(0, END, "host namespaces (hostNetwork=true)"),
        Both(0, END, "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)")]),
    (&[(Context, "windowsOptions: {hostProcess: true}")], &[
        Both(0, END, "hostProcess (container \"a\" must not set securityContext.windowsOptions.hostProcess=true)")]),
    (&[(Spec, "hostNetwork: true\ninitContainers: []"), (Context, "windowsOptions: {hostProcess: true}")], &[
        Both(0, END, "host namespaces (hostNetwork=true)"),
        Both(0, END, "hostProcess (container \"a\" must not set securityContext.windowsOptions.hostProcess=true)")]),
    (&[(PodContext, "windowsOptions: {hostProcess: true}"), (Context, "windowsOptions: {hostProcess: true}")], &[
        Both(0, END, "hostProcess (pod and container \"a\" must not set securityContext.windowsOptions.hostProcess=true)")]),
];
