//! Kubernetes YAML as a located tree.
