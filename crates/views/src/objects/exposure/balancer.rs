//! From where the load balancer of a service is reached, by what its cloud reads in the service.

use merlon_snapshot::Object;
use merlon_yaml::Node;

use super::super::addresses::Ranges;
use super::super::fields::Fields;
use super::{Reach, items, text};

/// The values of an annotation that keep a load balancer off the internet.
enum Values {
    /// Those that Go's `strconv.ParseBool` takes for true.
    True,
    /// These, whatever their case.
    These(&'static [&'static str]),
    /// All but these, to the letter, and the empty one.
    AllBut(&'static [&'static str]),
}

use Values::{AllBut, These, True};

impl Values {
    fn contain(&self, value: &str) -> bool {
        let among = |all: &[&str]| all.iter().any(|it| value.eq_ignore_ascii_case(it));
        match self {
            True => among(&["true", "t", "1"]),
            These(all) => among(all),
            AllBut(all) => !value.is_empty() && !all.contains(&value),
        }
    }
}

/// The annotations that keep a cloud's load balancer in an inner network, as its cloud controller manager reads them.
const INTERNAL: &[(&str, Values)] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-internal", AllBut(&["false"])),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", These(&["internal"])),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", These(&["true"])),
    ("networking.gke.io/load-balancer-type", These(&["Internal"])),
    ("cloud.google.com/load-balancer-type", These(&["Internal"])),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", True),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", True),
    ("oci-network-load-balancer.oraclecloud.com/internal", True),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", These(&["intranet"])),
    ("service.beta.kubernetes.io/alicloud-loadbalancer-address-type", These(&["intranet"])),
    ("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", AllBut(&[])),
    ("service.beta.kubernetes.io/cce-load-balancer-internal-vpc", True),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", These(&["private"])),
    ("service.beta.kubernetes.io/do-loadbalancer-network", These(&["INTERNAL"])),
    ("service.beta.kubernetes.io/scw-loadbalancer-private", True),
    ("load-balancer.hetzner.cloud/disable-public-network", True),
    ("yandex.cloud/load-balancer-type", These(&["internal"])),
    ("service.beta.kubernetes.io/osc-load-balancer-internal", True),
    // How Istio is told to make no load balancer for a Gateway.
    ("networking.istio.io/service-type", These(&["ClusterIP"])),
];

/// Classes whose load balancers are of inner networks; Tailscale's are for the members of a tailnet.
const INTERNAL_CLASSES: &[&str] = &[
    "networking.gke.io/l4-regional-internal",
    "networking.gke.io/l4-regional-internal-legacy",
    "tailscale",
];

/// Classes whose load balancers are of inner networks unless the scheme says otherwise.
const INTERNAL_BY_DEFAULT: &[&str] = &["service.k8s.aws/nlb", "eks.amazonaws.com/nlb"];

/// The types of AWS by which its Load Balancer Controller takes a service over.
const NETWORK_TYPES: &[&str] = &["external", "nlb-ip"];

/// From where a load balancer is reached.
#[must_use]
pub fn load_balancer_reach(service: &Object) -> Reach {
    let root = Fields::of(&service.root);
    let annotations = root.path(&["metadata", "annotations"]);
    let spec = root.get("spec");
    if is_internal(annotations) || has_internal_class(spec, annotations) {
        return Reach::Internal;
    }
    let mut written = items(spec, "loadBalancerSourceRanges").peekable();
    let is_listed = if written.peek().is_some() {
        !Ranges::of(written.map(|it| it.as_str().unwrap_or_default())).has_anybody()
    } else {
        // The older way to say the same, which counts where the field is not written.
        let listed = text(annotations, "service.beta.kubernetes.io/load-balancer-source-ranges");
        listed.is_some_and(|listed| !Ranges::of(listed.split(',')).has_anybody())
    };
    if is_listed { Reach::Listed } else { Reach::Anywhere }
}

/// Whether annotations keep the load balancer that is made for their object in an inner network.
pub(in super::super) fn is_internal(annotations: Fields<'_>) -> bool {
    INTERNAL.iter().any(|(name, values)| {
        let value = annotations.get(name).node().and_then(Node::as_str);
        value.is_some_and(|value| values.contain(value))
    })
}

fn has_internal_class(spec: Fields<'_>, annotations: Fields<'_>) -> bool {
    let class = text(spec, "loadBalancerClass");
    let of_network = || {
        let kind = text(annotations, "service.beta.kubernetes.io/aws-load-balancer-type");
        kind.is_some_and(|it| NETWORK_TYPES.contains(&it))
    };
    let by_default = match class {
        Some(class) => INTERNAL_BY_DEFAULT.contains(&class),
        None => of_network(),
    };
    let scheme = text(annotations, "service.beta.kubernetes.io/aws-load-balancer-scheme");
    // The older annotation says the same where the scheme is not written.
    let older = text(annotations, "service.beta.kubernetes.io/aws-load-balancer-internal");
    let is_facing = scheme == Some("internet-facing") || scheme.is_none() && older == Some("false");
    class.is_some_and(|it| INTERNAL_CLASSES.contains(&it)) || by_default && !is_facing
}
