//! The resources that Kubernetes has, by all the names that kubectl knows them by.

use merlon_model::Kind;
use merlon_views::InventoryView;
use merlon_yaml::Node;

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group, `""` for the core group.
    pub group: String,
    /// The name in the plural, as rules have it.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    singular: String,
    short: Vec<String>,
}

/// Groups with lines of `plural singular [short,names]`; a `-` before those that live in no namespace.
///
/// Where two groups have one name the first counts, as for kubectl. From the storage of each group in
/// `pkg/registry` of Kubernetes; `signers`, `users`, `groups`, `uids` and `userextras` are only ever checked.
const KNOWN: &[(&str, &str)] = &[
    (
        "",
        "pods pod po|services service svc|configmaps configmap cm|secrets secret|\
         serviceaccounts serviceaccount sa|-namespaces namespace ns|-nodes node no|events event ev|\
         persistentvolumeclaims persistentvolumeclaim pvc|-persistentvolumes persistentvolume pv|\
         endpoints endpoints ep|replicationcontrollers replicationcontroller rc|\
         resourcequotas resourcequota quota|limitranges limitrange limits|\
         podtemplates podtemplate|bindings binding|-componentstatuses componentstatus cs|\
         -users user|-groups group",
    ),
    (
        "apps",
        "deployments deployment deploy|statefulsets statefulset sts|daemonsets daemonset ds|\
         replicasets replicaset rs|controllerrevisions controllerrevision",
    ),
    ("batch", "jobs job|cronjobs cronjob cj"),
    ("autoscaling", "horizontalpodautoscalers horizontalpodautoscaler hpa"),
    (
        "policy",
        "poddisruptionbudgets poddisruptionbudget pdb|-podsecuritypolicies podsecuritypolicy psp",
    ),
    (
        "networking.k8s.io",
        "ingresses ingress ing|-ingressclasses ingressclass|networkpolicies networkpolicy netpol|\
         -ipaddresses ipaddress ip|-servicecidrs servicecidr",
    ),
    ("discovery.k8s.io", "endpointslices endpointslice"),
    (
        "rbac.authorization.k8s.io",
        "roles role|rolebindings rolebinding|-clusterroles clusterrole|\
         -clusterrolebindings clusterrolebinding",
    ),
    (
        "storage.k8s.io",
        "-storageclasses storageclass sc|-volumeattachments volumeattachment|-csidrivers csidriver|\
         -csinodes csinode|csistoragecapacities csistoragecapacity|\
         -volumeattributesclasses volumeattributesclass vac",
    ),
    ("coordination.k8s.io", "leases lease|leasecandidates leasecandidate"),
    ("events.k8s.io", "events event ev"),
    ("scheduling.k8s.io", "-priorityclasses priorityclass pc"),
    ("node.k8s.io", "-runtimeclasses runtimeclass"),
    (
        "certificates.k8s.io",
        "-certificatesigningrequests certificatesigningrequest csr|\
         -clustertrustbundles clustertrustbundle|podcertificaterequests podcertificaterequest|\
         -signers signer",
    ),
    (
        "admissionregistration.k8s.io",
        "-mutatingwebhookconfigurations mutatingwebhookconfiguration|\
         -validatingwebhookconfigurations validatingwebhookconfiguration|\
         -validatingadmissionpolicies validatingadmissionpolicy|\
         -validatingadmissionpolicybindings validatingadmissionpolicybinding|\
         -mutatingadmissionpolicies mutatingadmissionpolicy|\
         -mutatingadmissionpolicybindings mutatingadmissionpolicybinding",
    ),
    ("apiextensions.k8s.io", "-customresourcedefinitions customresourcedefinition crd,crds"),
    ("apiregistration.k8s.io", "-apiservices apiservice"),
    (
        "authentication.k8s.io",
        "-tokenreviews tokenreview|-selfsubjectreviews selfsubjectreview|-uids uid|\
         -userextras userextra",
    ),
    (
        "authorization.k8s.io",
        "-subjectaccessreviews subjectaccessreview|-selfsubjectaccessreviews selfsubjectaccessreview|\
         -selfsubjectrulesreviews selfsubjectrulesreview|\
         localsubjectaccessreviews localsubjectaccessreview",
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "-flowschemas flowschema|-prioritylevelconfigurations prioritylevelconfiguration",
    ),
    (
        "resource.k8s.io",
        "resourceclaims resourceclaim|resourceclaimtemplates resourceclaimtemplate|\
         -deviceclasses deviceclass|-resourceslices resourceslice",
    ),
    ("metrics.k8s.io", "pods pod|-nodes node"),
    // Gone since 1.22, and still in many roles.
    (
        "extensions",
        "ingresses ingress ing|deployments deployment deploy|daemonsets daemonset ds|\
         replicasets replicaset rs|networkpolicies networkpolicy netpol|\
         -podsecuritypolicies podsecuritypolicy psp",
    ),
];

/// All resources that are known here: those of Kubernetes, of well-known projects, and what the inventory defines.
pub fn resources(view: &InventoryView<'_>) -> Vec<Resource> {
    let mut all: Vec<Resource> = KNOWN
        .iter()
        .flat_map(|(group, rows)| rows.split('|').filter_map(|row| of_row(group, row)))
        .collect();
    let custom = view.of_kind(Kind::CustomResourceDefinition);
    all.extend(custom.filter_map(|definition| of_definition(&definition.root)));
    all.extend(Kind::ALL.iter().map(|kind| Resource {
        group: kind.group().to_owned(),
        plural: kind.plural().to_owned(),
        namespaced: kind.is_namespaced(),
        singular: kind.spelling().to_ascii_lowercase(),
        short: Vec::new(),
    }));
    all
}

fn of_row(group: &str, row: &str) -> Option<Resource> {
    let (namespaced, row) = match row.strip_prefix('-') {
        Some(row) => (false, row),
        None => (true, row),
    };
    let mut words = row.split(' ');
    let mut word = || words.next().map(str::to_owned);
    Some(Resource {
        group: group.to_owned(),
        plural: word()?,
        namespaced,
        singular: word()?,
        short: word()
            .map(|names| names.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
    })
}

fn of_definition(root: &Node) -> Option<Resource> {
    let text = |path: &[&str]| root.path(path).and_then(Node::as_str);
    let plural = text(&["spec", "names", "plural"])?;
    let singular = text(&["spec", "names", "singular"])
        .map(str::to_owned)
        .or_else(|| Some(text(&["spec", "names", "kind"])?.to_ascii_lowercase()));
    let short = root.path(&["spec", "names", "shortNames"]).and_then(Node::as_sequence);
    let short = short.unwrap_or_default().iter().filter_map(Node::as_str);
    Some(Resource {
        group: text(&["spec", "group"])?.to_owned(),
        plural: plural.to_owned(),
        namespaced: text(&["spec", "scope"]) != Some("Cluster"),
        singular: singular.unwrap_or_default(),
        short: short.map(str::to_owned).collect(),
    })
}

impl Resource {
    fn is_called(&self, name: &str) -> bool {
        self.plural == name || self.singular == name || self.short.iter().any(|each| each == name)
    }
}

/// The resource of a name in the plural, the singular or short, in any case; in a group when one is given.
pub fn find<'r>(
    resources: &'r [Resource],
    name: &str,
    group: Option<&str>,
) -> Option<&'r Resource> {
    let name = name.to_ascii_lowercase();
    let in_group = |resource: &&Resource| group.is_none_or(|group| resource.group == group);
    let mut called = resources.iter().filter(in_group).filter(|it| it.is_called(&name));
    called.next()
}

/// Whether there may be such a resource, `pods/exec` included.
///
/// A rule for several groups and several resources is about each pair of them, most of which are nothing. The groups of
/// Kubernetes itself have no resources but those that are known here; of others anything may be.
pub fn may_exist(group: &str, resource: &str) -> bool {
    let whole = resource.split('/').next().unwrap_or_default();
    let has = |rows: &str| {
        rows.split('|').any(|row| row.trim_start_matches('-').split(' ').next() == Some(whole))
    };
    let Some((_, own)) = KNOWN.iter().find(|(known, _)| *known == group) else { return true };
    has(own) || !KNOWN.iter().any(|(_, rows)| has(rows))
}

/// The name that begins most alike, for whoever mistyped one.
pub fn alike<'r>(resources: &'r [Resource], name: &str) -> Option<&'r str> {
    let name = name.to_ascii_lowercase();
    let shared = |plural: &str| {
        plural.chars().zip(name.chars()).take_while(|(one, other)| one == other).count()
    };
    let names = resources.iter().map(|resource| resource.plural.as_str());
    let near = names.filter(|plural| shared(plural) >= 3);
    near.min_by_key(|plural| (std::cmp::Reverse(shared(plural)), plural.len().abs_diff(name.len())))
}

#[cfg(test)]
mod tests {
    use merlon_model::Kind;

    use super::{KNOWN, Resource, find, may_exist, of_row};

    fn known() -> Vec<Resource> {
        let rows =
            KNOWN.iter().flat_map(|(group, rows)| rows.split('|').map(move |row| (group, row)));
        rows.map(|(group, row)| of_row(group, row).expect(row)).collect()
    }

    #[test]
    fn resources_are_found_by_every_name() {
        let known = known();
        let check = |name: &str, group: Option<&str>, expected: Option<(&str, &str)>| {
            let found = find(&known, name, group);
            let found = found.map(|it| (it.plural.as_str(), it.group.as_str()));
            assert_eq!(found, expected, "{name}");
        };
        check("po", None, Some(("pods", "")));
        check("Pod", None, Some(("pods", "")));
        check("deploy", None, Some(("deployments", "apps")));
        check("netpol", None, Some(("networkpolicies", "networking.k8s.io")));
        check("crds", None, Some(("customresourcedefinitions", "apiextensions.k8s.io")));
        check("events", None, Some(("events", "")));
        check("events", Some("events.k8s.io"), Some(("events", "events.k8s.io")));
        check("pods", Some("metrics.k8s.io"), Some(("pods", "metrics.k8s.io")));
        check("deploy", Some(""), None);
        check("podz", None, None);
        check("", None, None);
    }

    #[test]
    fn pairs_that_are_nothing_are_known() {
        let check = |group: &str, resource: &str, expected: bool| {
            assert_eq!(may_exist(group, resource), expected, "{resource}.{group}");
        };
        check("", "pods/exec", true);
        check("apps", "deployments", true);
        check("batch", "deployments", false);
        check("apps", "pods/log", false);
        check("example.com", "deployments", true);
        check("batch", "unheard-of", true);
        check("*", "pods", true);
        check("apps", "*", true);
        check("apps", "*/scale", true);
    }

    #[test]
    fn the_table_agrees_with_the_kinds() {
        let known = known();
        for kind in Kind::ALL {
            let found = find(&known, kind.plural(), Some(kind.group()));
            if let Some(found) = found {
                assert_eq!(found.namespaced, kind.is_namespaced(), "{kind}");
                assert_eq!(found.singular, kind.spelling().to_ascii_lowercase(), "{kind}");
            }
        }
    }
}
