#![no_main]

use merlon_collect::fuzzing::{argv, document};
use merlon_snapshot::DocumentKind::{self, *};

const KINDS: [DocumentKind; 18] = [
    KubeletConfiguration,
    KubeProxyConfiguration,
    KubeSchedulerConfiguration,
    EtcdConfiguration,
    StaticPod,
    Kubeconfig,
    EncryptionConfiguration,
    AdmissionConfiguration,
    AuthenticationConfiguration,
    AuthorizationConfiguration,
    AuditPolicy,
    SystemdUnit,
    EnvironmentFile,
    ArgumentsFile,
    SupervisorConfiguration,
    RuntimeConfiguration,
    NetworkConfiguration,
    Marker,
];

// Whatever the text is: lines keep their numbers, and what was kept can be read again.
libfuzzer_sys::fuzz_target!(|input: (u8, &str)| {
    let (kind, text) = input;
    let kind = KINDS[usize::from(kind) % KINDS.len()];
    if let Some(shown) = document(kind, text) {
        let lines = |text: &str| text.matches('\n').count();
        assert_eq!(lines(&shown.text), lines(text));
    }
    let arguments: Vec<&str> = text.split('\n').collect();
    assert_eq!(argv(&arguments).len(), arguments.len());
});
