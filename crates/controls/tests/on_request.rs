//! Controls on request exist, and no two controls of a default scan ask for opposites.

use merlon_controls::{Parameters, all, evaluate, example, is_default};
use merlon_model::Outcome;
use merlon_views::{NodeView, Told};

#[test]
fn controls_on_request_are_left_out_of_a_default_scan() {
    let check = |id: &str, expected: bool| {
        let control = merlon_controls::find(id).unwrap_or_else(|| panic!("there is no {id}"));
        assert_eq!(is_default(control), expected, "{id}");
    };
    check("kubelet-anonymous-auth", true);
    check("apiserver-external-ips-admitted", true);
    check("apiserver-deny-service-external-ips-set", false);
    check("apiserver-pod-security-policy-off", false);
    check("apiserver-without-security-context-deny", false);
    check("kubelet-ip-address-deny", false);
    check("kubelet-static-pods", false);
    check("system-masters-used", false);
    check("pod-below-baseline", false);
    check("pod-below-restricted", false);
    check("namespace-pod-security-would-refuse", true);
}

#[test]
fn an_admission_plugin_can_satisfy_a_default_scan() {
    for plugins in ["", "DenyServiceExternalIPs"] {
        let node =
            example::node(&format!("run kube-apiserver@1.31 --enable-admission-plugins={plugins}"));
        let view = NodeView::new(&node, example::NOW, &Told::default());
        let about_external_ips = all()
            .iter()
            .filter(|control| is_default(control) && control.id.contains("external-ips"))
            .flat_map(|control| evaluate(control, &view, &Parameters::default()))
            .filter(|finding| finding.outcome == Outcome::Fail)
            .count();
        assert_eq!(about_external_ips, usize::from(plugins.is_empty()), "{plugins}");
    }
}
