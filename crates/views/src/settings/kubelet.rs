//! Defaults: `pkg/kubelet/apis/config/v1beta1/defaults.go`, `cmd/kubelet/app/options`; without a
//! configuration file `applyLegacyDefaults` in `cmd/kubelet/app/options/options.go`.

use merlon_snapshot::DocumentKind;

use crate::setting::{
    Kind::{Bool, Duration, Integer, List, Map, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] = &[
    // Where it comes from.
    Setting::flag("config", Text).default("").document(DocumentKind::KubeletConfiguration),
    // Up to 1.29 the kubelet refuses it without KUBELET_CONFIG_DROPIN_DIR_ALPHA in its environment.
    Setting::flag("config-dir", Text).default("").since((1, 28)).directory(),
    Setting::flag("dynamic-config-dir", Text).default("").until((1, 24)).directory(),
    Setting::flag("feature-gates", Map).config("featureGates").default(""),
    // Identity.
    Setting::flag("bootstrap-kubeconfig", Text)
        .alias("experimental-bootstrap-kubeconfig")
        .default("")
        .document(DocumentKind::Kubeconfig),
    Setting::flag("cert-dir", Text).default("/var/lib/kubelet/pki").certificates(),
    Setting::flag("hostname-override", Text).default(""),
    Setting::flag("kubeconfig", Text).default("").document(DocumentKind::Kubeconfig),
    Setting::flag("node-ip", Text).default(""),
    Setting::flag("node-labels", List).default(""),
    Setting::flag("register-node", Bool).config("registerNode").default("true"),
    Setting::flag("root-dir", Text).default("/var/lib/kubelet").state(),
    Setting::flag("rotate-certificates", Bool).config("rotateCertificates").default("false"),
    Setting::flag("rotate-server-certificates", Bool).config("serverTLSBootstrap").default("false"),
    // Serving.
    Setting::flag("address", Text).config("address").default("0.0.0.0").zero_in_file_is_default(),
    // Older than what the other rows were checked against; its default differs between releases.
    Setting::flag("cadvisor-port", Integer).default("4194").changed((1, 11), "0").until((1, 12)),
    Setting::flag("contention-profiling", Bool)
        .config("enableContentionProfiling")
        .default("false"),
    Setting::flag("enable-cadvisor-json-endpoints", Bool)
        .default("true")
        .changed((1, 18), "false")
        .until((1, 21)),
    Setting::flag("enable-debugging-handlers", Bool)
        .config("enableDebuggingHandlers")
        .default("true"),
    Setting::key("enableDebugFlagsHandler", Bool).default("true").since((1, 21)),
    Setting::key("enableProfilingHandler", Bool).default("true").since((1, 21)),
    Setting::key("enableSystemLogHandler", Bool).default("true").since((1, 19)),
    // Also needs the gate NodeLogQuery.
    Setting::key("enableSystemLogQuery", Bool).default("false").since((1, 27)),
    Setting::flag("enable-server", Bool).config("enableServer").default("true"),
    Setting::flag("healthz-bind-address", Text)
        .config("healthzBindAddress")
        .default("127.0.0.1")
        .zero_in_file_is_default(),
    Setting::flag("healthz-port", Integer).config("healthzPort").default("10248"),
    Setting::flag("port", Integer).config("port").default("10250").zero_in_file_is_default(),
    Setting::flag("read-only-port", Integer)
        .config("readOnlyPort")
        .default("0")
        .without_config("10255"),
    Setting::flag("redirect-container-streaming", Bool).default("false").until((1, 22)),
    Setting::flag("streaming-connection-idle-timeout", Duration)
        .config("streamingConnectionIdleTimeout")
        .default("4h0m0s")
        .zero_in_file_is_default(),
    // Without both, and without serverTLSBootstrap, a self-signed pair is made in --cert-dir.
    // Not set, it is made by the kubelet itself (`initializeTLS` in `cmd/kubelet/app/server.go`).
    Setting::flag("tls-cert-file", Text)
        .config("tlsCertFile")
        .default("")
        .filled_in()
        .certificates(),
    // Not set means Go's own choice of suites.
    Setting::flag("tls-cipher-suites", List).config("tlsCipherSuites").default(""),
    Setting::key("tlsCurvePreferences", List).default("").since((1, 36)),
    Setting::flag("tls-min-version", Text)
        .config("tlsMinVersion")
        .default("VersionTLS12")
        .zero_is_default(),
    Setting::flag("tls-private-key-file", Text)
        .config("tlsPrivateKeyFile")
        .default("")
        .filled_in()
        .state(),
    // Authentication and authorization.
    Setting::flag("anonymous-auth", Bool)
        .config("authentication.anonymous.enabled")
        .default("false")
        .without_config("true"),
    Setting::flag("authentication-token-webhook", Bool)
        .config("authentication.webhook.enabled")
        .default("true")
        .without_config("false"),
    Setting::flag("authentication-token-webhook-cache-ttl", Duration)
        .config("authentication.webhook.cacheTTL")
        .default("2m0s")
        .zero_in_file_is_default(),
    Setting::flag("authorization-mode", Text)
        .config("authorization.mode")
        .default("Webhook")
        .without_config("AlwaysAllow")
        .zero_in_file_is_default(),
    Setting::flag("authorization-webhook-cache-authorized-ttl", Duration)
        .config("authorization.webhook.cacheAuthorizedTTL")
        .default("5m0s")
        .zero_in_file_is_default(),
    Setting::flag("authorization-webhook-cache-unauthorized-ttl", Duration)
        .config("authorization.webhook.cacheUnauthorizedTTL")
        .default("30s")
        .zero_in_file_is_default(),
    Setting::flag("client-ca-file", Text)
        .config("authentication.x509.clientCAFile")
        .default("")
        .certificates(),
    // Pods.
    Setting::flag("allow-privileged", Bool).default("true").until((1, 15)),
    Setting::flag("allowed-unsafe-sysctls", List).config("allowedUnsafeSysctls").default(""),
    Setting::flag("fail-swap-on", Bool).config("failSwapOn").default("true"),
    Setting::flag("keep-terminated-pod-volumes", Bool).default("false").until((1, 31)),
    Setting::flag("manifest-url", Text).config("staticPodURL").default(""),
    Setting::flag("max-pods", Integer).config("maxPods").default("110").zero_in_file_is_default(),
    // The kubelet takes an empty value for one of these, by release, where it starts containers
    // (`pkg/kubelet/kuberuntime/kuberuntime_container_linux.go`).
    Setting::key("memorySwap.swapBehavior", Text)
        .default("LimitedSwap")
        .changed((1, 28), "UnlimitedSwap")
        .changed((1, 30), "NoSwap")
        .zero_in_file_is_default()
        .since((1, 22)),
    // A directory, or one manifest.
    Setting::flag("pod-manifest-path", Text).config("staticPodPath").default("").directory(),
    // In the file, a number below 0 means -1: as many as the node allows.
    Setting::flag("pod-max-pids", Integer).config("podPidsLimit").default("-1"),
    Setting::flag("runonce", Bool).config("runOnce").default("false"),
    // Up to 1.26 the gate SeccompDefault is needed as well.
    Setting::flag("seccomp-default", Bool).config("seccompDefault").default("false").since((1, 22)),
    // With the gate UserNamespacesSupport.
    Setting::key("userNamespaces.idsPerPod", Integer).default("65536").since((1, 33)),
    // Host.
    Setting::flag("make-iptables-util-chains", Bool)
        .config("makeIPTablesUtilChains")
        .default("true"),
    Setting::flag("protect-kernel-defaults", Bool).config("protectKernelDefaults").default("false"),
    Setting::flag("volume-plugin-dir", Text)
        .config("volumePluginDir")
        .default("/usr/libexec/kubernetes/kubelet-plugins/volume/exec/")
        .zero_in_file_is_default()
        .directory(),
    // Events.
    Setting::flag("event-burst", Integer)
        .config("eventBurst")
        .default("10")
        .changed((1, 27), "100")
        .zero_in_file_is_default(),
    // 0 is no limit.
    Setting::flag("event-qps", Integer)
        .config("eventRecordQPS")
        .default("5")
        .changed((1, 27), "50"),
    // Container runtime and images.
    Setting::flag("cloud-config", Text).default("").until((1, 34)).state(),
    Setting::flag("cloud-provider", Text).default(""),
    Setting::flag("cni-bin-dir", Text).default("/opt/cni/bin").until((1, 24)).directory(),
    Setting::flag("cni-conf-dir", Text).default("/etc/cni/net.d").until((1, 24)).directory(),
    Setting::flag("container-runtime", Text)
        .default("docker")
        .changed((1, 24), "remote")
        .until((1, 27)),
    // From 1.24 to 1.26 the kubelet does not start without it.
    Setting::flag("container-runtime-endpoint", Text)
        .config("containerRuntimeEndpoint")
        .default("unix:///var/run/dockershim.sock")
        .changed((1, 24), "")
        .changed((1, 27), "unix:///run/containerd/containerd.sock")
        .zero_in_file_is_default()
        .state(),
    Setting::flag("image-service-endpoint", Text).config("imageServiceEndpoint").default(""),
    Setting::flag("image-credential-provider-bin-dir", Text).default("").since((1, 20)).directory(),
    // A file; from 1.34 on also a directory of files.
    Setting::flag("image-credential-provider-config", Text).default("").since((1, 20)).state(),
    Setting::key("imagePullCredentialsVerificationPolicy", Text)
        .with_gate((1, 33), "KubeletEnsureSecretPulledImages", "NeverVerifyPreloadedImages")
        .zero_in_file_is_default()
        .since((1, 33)),
    Setting::flag("network-plugin", Text).default("").until((1, 24)),
    Setting::key("preloadedImagesVerificationAllowlist", List).default("").since((1, 33)),
];
