//! Cases of the restricted checks.

use super::Case;
use super::END;
use super::Says::{Baseline, Both, Restricted};
use super::Slot::{Container, Context, PodContext, Spec};

/// By check, in the order of reports.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    // allowPrivilegeEscalation
    (&[(Context, "allowPrivilegeEscalation: true")], &[Restricted(8, END, "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)")]),
    (&[(Context, "allowPrivilegeEscalation: ~")], &[Restricted(8, END, "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)")]),
    (&[(Context, "allowPrivilegeEscalation: true"), (Spec, "os: {name: linux}")], &[Restricted(8, END, "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)")]),
    (&[(Container, "securityContext: ~")], &[
        Restricted(8, END, "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)"),
        Restricted(22, END, "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"])")]),
    // capabilities_restricted
    (&[(Context, "capabilities: ~")], &[Restricted(22, END, "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"])")]),
    (&[(Context, "capabilities: {drop: []}")], &[Restricted(22, END, "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"])")]),
    (&[(Context, "capabilities: {drop: [all, CAP_ALL, NET_RAW]}")], &[Restricted(22, END, "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"])")]),
    (&[(Context, "capabilities: {drop: [NET_RAW, ALL]}")], &[]),
    (&[(Context, "capabilities: {add: [CHOWN, NET_BIND_SERVICE]}")], &[
        Restricted(22, END, "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]; container \"a\" must not include \"CHOWN\" in securityContext.capabilities.add)")]),
    (&[(Spec, "containers: [{name: b, image: x, securityContext: {allowPrivilegeEscalation: false}}, {name: a, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [KILL, CHOWN]}}}, {name: c, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [KILL], add: [KILL]}}}]")], &[
        Restricted(22, END, "unrestricted capabilities (containers \"b\", \"c\" must set securityContext.capabilities.drop=[\"ALL\"]; containers \"a\", \"c\" must not include \"CHOWN\", \"KILL\" in securityContext.capabilities.add)")]),
    // restrictedVolumes
    (&[(Spec, "volumes: [{name: a, configMap: {name: x}}, {name: b, csi: {driver: x}}, {name: c, downwardAPI: {}}, {name: d, emptyDir: {}}, {name: e, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}, {name: f, persistentVolumeClaim: {claimName: x}}, {name: g, projected: {sources: []}}, {name: h, secret: {secretName: x}}]")], &[]),
    (&[(Spec, "volumes: [{name: a, image: {reference: example.com/x}}]")], &[]),
    // The API server makes these an emptyDir.
    (&[(Spec, "volumes: [{name: a}, {name: b, emptyDir: ~}, {name: c, hostPath: ~}]")], &[]),
    (&[(Spec, "volumes: [{name: a, gcePersistentDisk: {pdName: x}}]")], &[Restricted(0, END, "restricted volume types (volume \"a\" uses restricted volume type \"gcePersistentDisk\")")]),
    (&[(Spec, "volumes: [{name: a, awsElasticBlockStore: {volumeID: x}}, {name: b, azureDisk: {diskName: x, diskURI: 'https://blob.example.com/x.vhd'}}, {name: c, azureFile: {secretName: x, shareName: x}}, {name: d, cephfs: {monitors: [x]}}, {name: e, cinder: {volumeID: x}}, {name: f, fc: {targetWWNs: [x], lun: 1}}, {name: g, flexVolume: {driver: x}}, {name: h, flocker: {datasetName: x}}]")], &[
        Restricted(0, END, "restricted volume types (volumes \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\" use restricted volume types \"awsElasticBlockStore\", \"azureDisk\", \"azureFile\", \"cephfs\", \"cinder\", \"fc\", \"flexVolume\", \"flocker\")")]),
    (&[(Spec, "volumes: [{name: i, gitRepo: {repository: x}}, {name: j, glusterfs: {endpoints: x, path: x}}, {name: k, iscsi: {targetPortal: x, iqn: iqn.2015-02.example.com:test, lun: 0}}, {name: l, nfs: {server: x, path: /x}}, {name: m, photonPersistentDisk: {pdID: x}}, {name: nn, portworxVolume: {volumeID: x}}, {name: o, quobyte: {registry: 'a:1', volume: x}}, {name: p, rbd: {monitors: [x], image: x}}]")], &[
        Restricted(0, END, "restricted volume types (volumes \"i\", \"j\", \"k\", \"l\", \"m\", \"nn\", \"o\", \"p\" use restricted volume types \"gitRepo\", \"glusterfs\", \"iscsi\", \"nfs\", \"photonPersistentDisk\", \"portworxVolume\", \"quobyte\", \"rbd\")")]),
    (&[(Spec, "volumes: [{name: q, scaleIO: {gateway: x, system: x, volumeName: x, secretRef: {name: x}}}, {name: r, storageos: {volumeName: x}}, {name: s, vsphereVolume: {volumePath: x}}, {name: t, nfs: {server: x, path: /y}}]")], &[
        Restricted(0, END, "restricted volume types (volumes \"q\", \"r\", \"s\", \"t\" use restricted volume types \"nfs\", \"scaleIO\", \"storageos\", \"vsphereVolume\")")]),
    // Refused by validation, but this is what the check makes of it.
    (&[(Spec, "volumes: [{name: a, hostPath: {path: /}, emptyDir: {}}]")], &[Baseline(0, END, "hostPath volumes (volume \"a\")")]),
    (&[(Spec, "volumes: [{name: a, rbd: {monitors: [x], image: x}, nfs: {server: x, path: /x}}]")], &[Restricted(0, END, "restricted volume types (volume \"a\" uses restricted volume type \"nfs\")")]),
    // runAsNonRoot
    (&[(PodContext, "runAsNonRoot: ~")], &[Restricted(0, END, "runAsNonRoot != true (pod or containers \"i\", \"a\" must set securityContext.runAsNonRoot=true)")]),
    (&[(PodContext, "runAsNonRoot: ~"), (Context, "runAsNonRoot: true")], &[Restricted(0, END, "runAsNonRoot != true (pod or container \"i\" must set securityContext.runAsNonRoot=true)")]),
    (&[(PodContext, "runAsNonRoot: false")], &[Restricted(0, END, "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)")]),
    (&[(Context, "runAsNonRoot: false")], &[Restricted(0, END, "runAsNonRoot != true (container \"a\" must not set securityContext.runAsNonRoot=false)")]),
    (&[(PodContext, "runAsNonRoot: ~"), (Context, "runAsNonRoot: false")], &[Restricted(0, END, "runAsNonRoot != true (container \"a\" must not set securityContext.runAsNonRoot=false)")]),
    (&[(PodContext, "runAsNonRoot: false"), (Context, "runAsNonRoot: false")], &[Restricted(0, END, "runAsNonRoot != true (pod and container \"a\" must not set securityContext.runAsNonRoot=false)")]),
    (&[(PodContext, "runAsNonRoot: false"), (Spec, "containers: [{name: a, image: x, securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]\ninitContainers: []")], &[Restricted(0, END, "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)")]),
    (&[(PodContext, "runAsNonRoot: false"), (Spec, "hostUsers: false")], &[Restricted(0, 35, "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)")]),
    (&[(PodContext, "runAsNonRoot: ~"), (Spec, "hostUsers: true")], &[Restricted(0, END, "runAsNonRoot != true (pod or containers \"i\", \"a\" must set securityContext.runAsNonRoot=true)")]),
    // runAsUser
    (&[(PodContext, "runAsUser: 1"), (Context, "runAsUser: 65534")], &[]),
    (&[(PodContext, "runAsUser: 0")], &[Restricted(23, END, "runAsUser=0 (pod must not set runAsUser=0)")]),
    (&[(Context, "runAsUser: 0")], &[Restricted(23, END, "runAsUser=0 (container \"a\" must not set runAsUser=0)")]),
    (&[(PodContext, "runAsUser: 0"), (Context, "runAsUser: 0")], &[Restricted(23, END, "runAsUser=0 (pod and container \"a\" must not set runAsUser=0)")]),
    (&[(PodContext, "runAsUser: 0"), (Spec, "hostUsers: false")], &[Restricted(23, 35, "runAsUser=0 (pod must not set runAsUser=0)")]),
    // seccompProfile_restricted
    (&[(PodContext, "seccompProfile: ~")], &[Restricted(19, END, "seccompProfile (pod or containers \"i\", \"a\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]),
    (&[(PodContext, "seccompProfile: ~"), (Context, "seccompProfile: {type: RuntimeDefault}")], &[Restricted(19, END, "seccompProfile (pod or container \"i\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]),
    (&[(PodContext, "seccompProfile: ~"), (Context, "seccompProfile: {type: Unconfined}")], &[
        Both(19, END, "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \"Unconfined\")")]),
    // Pods for Windows
    (&[(PodContext, "seccompProfile: ~"), (Spec, "os: {name: windows}\ninitContainers: []\ncontainers: [{name: a, image: x}]")], &[
        Restricted(8, 25, "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)"),
        Restricted(22, 25, "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"])"),
        Restricted(19, 25, "seccompProfile (pod or container \"a\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]),
    (&[(PodContext, "seccompProfile: ~, runAsNonRoot: ~, windowsOptions: {hostProcess: true}"), (Spec, "os: {name: windows}\nhostNetwork: true\ninitContainers: []\ncontainers: [{name: a, image: x}]\nvolumes: [{name: v, hostPath: {path: /}}]")], &[
        Both(0, END, "host namespaces (hostNetwork=true)"),
        Baseline(0, END, "hostPath volumes (volume \"v\")"),
        Both(0, END, "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)"),
        Restricted(8, 25, "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false)"),
        Restricted(22, 25, "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"])"),
        Restricted(0, END, "restricted volume types (volume \"v\" uses restricted volume type \"hostPath\")"),
        Restricted(0, END, "runAsNonRoot != true (pod or container \"a\" must set securityContext.runAsNonRoot=true)"),
        Restricted(19, 25, "seccompProfile (pod or container \"a\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]),
];
