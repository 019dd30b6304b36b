//! The node authorizer: what the kubelet of a node may do, by the pods that are bound to its node.
//!
//! After `plugin/pkg/auth/authorizer/node` of Kubernetes 1.31 to 1.37. The admission plugin `NodeRestriction` narrows
//! writes further and is not part of this.

mod graph;
mod references;
mod rules;

use crate::release::{Gate, Release};
use crate::request::{Request, ResourceRequest};

pub use graph::{NodeGraph, Reachable, Thing};
pub use rules::node_rules;

/// Where nodes keep their leases.
const LEASE_NAMESPACE: &str = "kube-node-lease";

impl NodeGraph {
    /// Whether the kubelet of a node may do something.
    #[must_use]
    pub fn authorize(&self, node: &str, request: &Request<'_>, release: &Release) -> bool {
        if node.is_empty() {
            return false;
        }
        let asked = Asked { graph: self, node, release };
        match request {
            Request::Resource(request) => {
                asked.divided(request).unwrap_or_else(|| asked.by_static_rules(request))
            }
            Request::NonResource { .. } => false,
        }
    }
}

struct Asked<'a> {
    graph: &'a NodeGraph,
    node: &'a str,
    release: &'a Release,
}

impl Asked<'_> {
    /// The answer for resources that are looked at object by object; `None` for all others.
    fn divided(&self, request: &ResourceRequest<'_>) -> Option<bool> {
        let whole = request.subresource.is_empty();
        let selectors = Gate::AuthorizeNodeWithSelectors;
        let answer = match (request.group, request.resource) {
            ("", "secrets") => self.read_in_namespace(Thing::Secret, request),
            ("", "configmaps") => self.read_in_namespace(Thing::ConfigMap, request),
            ("", "persistentvolumeclaims") if request.subresource == "status" => {
                matches!(request.verb, "update" | "patch")
                    && self.related(Thing::PersistentVolumeClaim, request)
            }
            ("", "persistentvolumeclaims") => self.get(Thing::PersistentVolumeClaim, request),
            ("", "persistentvolumes") => self.get(Thing::PersistentVolume, request),
            ("resource.k8s.io", "resourceclaims") => self.get(Thing::ResourceClaim, request),
            ("storage.k8s.io", "volumeattachments") => self.get(Thing::VolumeAttachment, request),
            ("", "serviceaccounts") if whole && request.verb == "get" => {
                let by = [
                    Gate::KubeletServiceAccountTokenForCredentialProviders,
                    Gate::PodCertificateRequest,
                ];
                by.iter().any(|gate| self.release.may_have(*gate))
                    && self.read_in_namespace(Thing::ServiceAccount, request)
            }
            ("", "serviceaccounts") => {
                request.verb == "create"
                    && request.subresource == "token"
                    && self.related(Thing::ServiceAccount, request)
            }
            ("coordination.k8s.io", "leases") => {
                request.namespace == LEASE_NAMESPACE && self.writes_own(request)
            }
            ("storage.k8s.io", "csinodes") => match request.subresource {
                "" => self.writes_own(request),
                "status" => {
                    self.release.may_have(Gate::CSIVolumeHealth)
                        && matches!(request.verb, "get" | "update" | "patch")
                        && request.name == self.node
                }
                _ => false,
            },
            ("resource.k8s.io", "resourceslices") => whole && self.resource_slices(request),
            ("", "nodes" | "pods") if self.release.may_lack(selectors) => return None,
            ("", "nodes") => self.nodes(request),
            ("", "pods") => self.pods(request),
            ("certificates.k8s.io", "podcertificaterequests") if self.release.may_be_since(34) => {
                self.release.may_have(Gate::PodCertificateRequest)
                    && whole
                    && match request.verb {
                        "create" => true,
                        "get" => self.related(Thing::PodCertificateRequest, request),
                        "list" | "watch" => self.selects_own(request, "spec.nodeName"),
                        _ => false,
                    }
            }
            _ => return None,
        };
        Some(answer)
    }

    fn by_static_rules(&self, request: &ResourceRequest<'_>) -> bool {
        let request = Request::Resource(*request);
        node_rules(self.release).iter().any(|rule| rule.allows(&request))
    }

    fn read_in_namespace(&self, thing: Thing, request: &ResourceRequest<'_>) -> bool {
        matches!(request.verb, "get" | "list" | "watch")
            && request.subresource.is_empty()
            && !request.namespace.is_empty()
            && self.related(thing, request)
    }

    fn get(&self, thing: Thing, request: &ResourceRequest<'_>) -> bool {
        request.verb == "get" && request.subresource.is_empty() && self.related(thing, request)
    }

    fn related(&self, thing: Thing, request: &ResourceRequest<'_>) -> bool {
        !request.name.is_empty()
            && self.graph.reaches(self.node, thing, request.namespace, request.name)
    }

    /// Creations have no name yet: `NodeRestriction` looks at it.
    fn writes_own(&self, request: &ResourceRequest<'_>) -> bool {
        match request.verb {
            "create" => true,
            "get" | "update" | "patch" | "delete" => request.name == self.node,
            _ => false,
        }
    }

    fn selects_own(&self, request: &ResourceRequest<'_>, field: &str) -> bool {
        request.fields.iter().any(|(each, value)| *each == field && *value == self.node)
    }

    fn resource_slices(&self, request: &ResourceRequest<'_>) -> bool {
        match request.verb {
            "create" => true,
            "get" | "update" | "patch" | "delete" => self.related(Thing::ResourceSlice, request),
            "watch" | "list" | "deletecollection" => {
                self.release.may_lack(Gate::AuthorizeNodeWithSelectors)
                    || self.selects_own(request, "spec.nodeName")
            }
            _ => false,
        }
    }

    fn nodes(&self, request: &ResourceRequest<'_>) -> bool {
        match (request.subresource, request.verb) {
            ("", "create" | "update" | "patch") | ("status", "update" | "patch") => true,
            ("", "get" | "list" | "watch") => request.name == self.node,
            _ => false,
        }
    }

    fn pods(&self, request: &ResourceRequest<'_>) -> bool {
        match (request.subresource, request.verb) {
            ("", "get") => self.related(Thing::Pod, request),
            ("", "list" | "watch") => {
                self.selects_own(request, "spec.nodeName") || self.related(Thing::Pod, request)
            }
            ("", "create" | "delete") | ("status", "update" | "patch") => true,
            ("eviction", "create") => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
