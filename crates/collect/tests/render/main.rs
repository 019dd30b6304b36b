//! Charts and kustomizations through the real Helm and the real Kustomize.
fn main() {}
