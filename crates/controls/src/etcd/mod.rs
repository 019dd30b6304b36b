//! Controls of etcd.

pub(crate) mod clients;
pub(crate) mod peers;
pub(crate) mod serving;

use merlon_model::Component::Etcd;
use merlon_views::{ComponentView, NodeView, Unknown};

use crate::judge::Judge;

/// The settings that decide whether etcd asks one kind of caller for a certificate.
struct Callers {
    /// How messages call them.
    called: &'static str,
    auth: &'static str,
    ca: &'static str,
    certificate: &'static str,
    automatic: &'static str,
}

/// Judges whether callers have to show a certificate.
///
/// etcd asks for one as soon as either the switch is on or it knows a CA to check them with
/// (`TLSInfo.ServerConfig` in `client/pkg/transport/listener.go`), and never without TLS.
fn judge_authentication(callers: &Callers, node: &NodeView<'_>, judge: &mut Judge<'_, '_>) {
    for instance in node.instances(Etcd) {
        if let Err(unknown) = judge_instance(callers, instance, judge) {
            let why =
                format!("whether etcd authenticates {} is not known: {unknown}", callers.called);
            judge.error(&instance.name, why);
        }
    }
}

fn judge_instance(
    callers: &Callers,
    instance: &ComponentView<'_>,
    judge: &mut Judge<'_, '_>,
) -> Result<(), Unknown> {
    let Callers { called, auth, ca, certificate, automatic } = callers;
    let expected = format!("--{auth} is true, and TLS is on");
    let asked = instance.effective(auth)?;
    let trusted = instance.effective(ca)?;
    let given = instance.effective(certificate)?;
    let made = instance.effective(automatic)?;
    let statement = format!("--{auth} is {}", asked.value);
    let asks = asked.value.as_bool() == Some(true);
    if given.value.is_unset() && made.value.as_bool() != Some(true) {
        judge
            .fail(
                &instance.name,
                format!("--{certificate} is not set, so nothing is asked of {called}: TLS is off"),
            )
            .expected(expected)
            .evidence(format!("--{certificate} is not set"), given.location)
            .evidence(statement, asked.location)
            .actions(setting_actions(instance, &[(certificate, ""), (auth, "true")]));
    } else if asks {
        judge
            .pass(&instance.name, statement.clone())
            .expected(expected)
            .evidence(statement, asked.location);
    } else if !trusted.value.is_unset() {
        let message = format!("{called} are asked for a certificate because --{ca} is set");
        judge
            .pass(&instance.name, message)
            .expected(expected)
            .evidence(statement, asked.location)
            .evidence(format!("--{ca} is {}", trusted.value), trusted.location);
    } else {
        judge
            .fail(&instance.name, statement.clone())
            .expected(expected)
            .evidence(statement, asked.location)
            .evidence(format!("--{ca} is not set"), trusted.location)
            .actions(setting_actions(instance, &[(ca, ""), (auth, "true")]));
    }
    Ok(())
}

/// Sets each of the settings where it is decided.
fn setting_actions(
    instance: &ComponentView<'_>,
    values: &[(&str, &str)],
) -> Vec<merlon_model::Action> {
    values
        .iter()
        .filter_map(|(name, value)| {
            let setting = merlon_views::settings::find(Etcd, name)?;
            let effective = instance.effective(name).ok()?;
            let needed = match *value {
                // The reader has to choose: only where nothing is chosen yet.
                "" => effective.value.is_unset(),
                value => effective.value.to_string() != value,
            };
            needed.then(|| crate::setting::set(setting, instance, &effective, (*value).to_owned()))
        })
        .collect()
}
