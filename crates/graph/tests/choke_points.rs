//! Changes do what they say: choke points are the lightest set that leaves no way, and a manifest that is edited as a
//! change asks has none of the steps that the change takes away.

use std::collections::{BTreeMap, BTreeSet};

use merlon_controls::example::{NOW, inventory, node};
use merlon_graph::search::{
    Budget, ChangeId, Cut, FactId, Proof, Query, StepId, Without, choke_points, reach, relevant,
};
use merlon_graph::{AttackGraph, Change, Endpoint, Fact, World, attack_graph, techniques};
use merlon_model::{Action, ObjectEdit};
use merlon_snapshot::{Inventory, Node};
use merlon_views::objects::{InventoryView, control_plane_nodes};
use merlon_views::{NodeView, Told};
use merlon_yaml::{Edit, Pointer};

/// Changes of which all subsets are tried.
const FEW: usize = 14;

/// Objects that are written in one file, and what was collected on nodes. Those of a live cluster are written too, so
/// that they can be edited.
struct Written {
    inventory: Inventory,
    nodes: Vec<Node>,
}

impl Written {
    fn new(text: &str) -> Self {
        let mut written = inventory(&text.replacen("# cluster\n", "", 1));
        written.origin = inventory(text).origin;
        let parts = text.split("\n# node ").skip(1).filter_map(|part| part.split_once('\n'));
        let nodes = parts.map(|(name, lines)| {
            let lines = lines.lines().map_while(|line| line.strip_prefix("#   "));
            Node { name: name.to_owned(), ..node(&lines.collect::<Vec<_>>().join("\n")) }
        });
        Self { nodes: nodes.collect(), inventory: written }
    }

    /// The same after edits of its file.
    fn edited(&self, changes: &[&Change]) -> Result<Self, String> {
        let mut edits = Vec::new();
        for action in changes.iter().flat_map(|change| &change.actions) {
            let Action::EditObject { document, edits: own, .. } = action else {
                return Err(format!("not an edit: {action:?}"));
            };
            edits.extend(own.iter().map(|edit| edit_of(*document, edit)));
        }
        // The last of a list's entries goes first, or the numbers of the others would be wrong.
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.document, place(&edit.pointer))));
        let mut inventory = self.inventory.clone();
        let manifest = &mut inventory.manifests[0];
        manifest.text =
            merlon_yaml::edit(&manifest.text, &edits).map_err(|error| error.to_string())?;
        inventory.objects = manifest.contents(0).objects;
        Ok(Self { inventory, nodes: self.nodes.clone() })
    }

    fn look<R>(&self, look: impl FnOnce(&World<'_, '_>, &AttackGraph<'_>) -> R) -> R {
        let view = InventoryView::new(&self.inventory, 0, &Told::default());
        let mut nodes = control_plane_nodes(&self.inventory);
        nodes.extend(self.nodes.clone());
        let told = Told { kubernetes_version: view.release.clone() };
        let nodes: Vec<NodeView<'_>> =
            nodes.iter().map(|it| NodeView::new(it, NOW, &told)).collect();
        let world = World::new(&view).with_nodes(&nodes);
        look(&world, &attack_graph(&world))
    }

    fn is_reached(&self, from: &str, to: &str) -> bool {
        self.look(|world, graph| {
            let (entries, targets) = (facts(from, world, graph), facts(to, world, graph));
            is_reached(graph, &entries, &targets, &Without::nothing())
        })
    }
}

fn edit_of(document: usize, edit: &ObjectEdit) -> Edit {
    let pointer = |text: &str| text.parse::<Pointer>().expect("a pointer");
    match edit {
        ObjectEdit::Set { pointer: at, value } => Edit::set(document, pointer(at), value.0.clone()),
        ObjectEdit::Remove { pointer: at } => Edit::remove(document, pointer(at)),
    }
}

/// A pointer's keys, its numbers as such.
fn place(pointer: &Pointer) -> Vec<(u32, String)> {
    let text = pointer.to_string();
    let key = |key: &str| (key.parse().unwrap_or(u32::MAX), key.to_owned());
    text.split('/').map(key).collect()
}

fn facts(text: &str, world: &World<'_, '_>, graph: &AttackGraph<'_>) -> Vec<FactId> {
    text.parse::<Endpoint>().expect("an endpoint").facts(world, graph)
}

fn is_reached(
    graph: &AttackGraph<'_>,
    entries: &[FactId],
    targets: &[FactId],
    without: &Without,
) -> bool {
    reach(&graph.hypergraph, entries, without).cheapest(targets).is_some()
}

fn weight(graph: &AttackGraph<'_>, changes: &[ChangeId]) -> u64 {
    changes.iter().map(|change| u64::from(graph.changes[change.0 as usize].weight)).sum()
}

/// The choke points of a way, which hold what they promise; none where no change cuts it.
fn cut(
    graph: &AttackGraph<'_>,
    entries: &[FactId],
    targets: &[FactId],
) -> Result<Vec<ChangeId>, String> {
    let nothing = Without::nothing();
    let query = Query { graph: &graph.hypergraph, entries, targets, without: &nothing };
    let price = |change: ChangeId| graph.changes[change.0 as usize].weight;
    let (chosen, total, proof) = match choke_points(&query, price, Budget::default()) {
        Cut::Unneeded => return Err("it says that there is no way".to_owned()),
        Cut::Impossible(path) => {
            let lasts = |step: &StepId| graph.hypergraph.changes_of(*step).is_empty();
            assert!(path.steps.iter().all(lasts), "a change takes a step of {path:?} away");
            return Ok(Vec::new());
        }
        Cut::Set { changes, weight, proof } => (changes, weight, proof),
    };
    assert_eq!(total, weight(graph, &chosen));
    let left = |changes: &[ChangeId]| {
        is_reached(graph, entries, targets, &Without::changes(changes.iter().copied()))
    };
    if left(&chosen) {
        return Err(format!("{chosen:?} leave a way"));
    }
    for spared in &chosen {
        let others: Vec<ChangeId> = chosen.iter().copied().filter(|it| it != spared).collect();
        if !left(&others) {
            return Err(format!("{spared:?} of {chosen:?} is not needed"));
        }
    }
    let steps = relevant(&query).steps;
    let all: BTreeSet<ChangeId> =
        steps.iter().flat_map(|step| graph.hypergraph.changes_of(*step)).copied().collect();
    if all.len() <= FEW {
        let all: Vec<ChangeId> = all.into_iter().collect();
        if proof != Proof::Minimal {
            return Err(format!("{} changes and no proof", all.len()));
        }
        for subset in 0..1_u32 << all.len() {
            let chosen = all.iter().enumerate().filter(|(place, _)| subset >> place & 1 == 1);
            let chosen: Vec<ChangeId> = chosen.map(|(_, change)| *change).collect();
            if weight(graph, &chosen) < total && !left(&chosen) {
                return Err(format!("{chosen:?} are lighter than {total}"));
            }
        }
    }
    Ok(chosen)
}

/// What can be edited of changes; nothing where one has to be made by hand.
fn editable(changes: &[&Change]) -> bool {
    let edits = |action: &Action| matches!(action, Action::EditObject { .. });
    changes.iter().all(|it| !it.actions.is_empty() && it.actions.iter().all(edits))
}

/// Steps by technique, premises and conclusion. Rights have no
/// name that lasts, or lead nowhere where others are missing, so steps with them are left out.
fn steps(
    world: &World<'_, '_>,
    graph: &AttackGraph<'_>,
    taken: Option<ChangeId>,
) -> BTreeSet<String> {
    let (mut with, mut without) = (BTreeSet::new(), BTreeSet::new());
    for step in graph.hypergraph.each_step() {
        let (premises, conclusion) =
            (graph.hypergraph.premises(step), graph.hypergraph.conclusion(step));
        let facts = premises.iter().chain([&conclusion]);
        let is_right =
            |fact: FactId| matches!(graph.facts[fact.0 as usize], Fact::Right(_) | Fact::Part(..));
        if facts.clone().any(|fact| is_right(*fact)) {
            continue;
        }
        let names: Vec<String> = facts.map(|fact| graph.name(world, *fact)).collect();
        let name = format!("{}: {}", graph.steps[step.0 as usize].technique.id, names.join(", "));
        let is_taken =
            taken.is_some_and(|change| graph.hypergraph.changes_of(step).contains(&change));
        if is_taken {
            with.insert(name)
        } else {
            without.insert(name)
        };
    }
    match taken {
        Some(_) => with.difference(&without).cloned().collect(),
        None => without,
    }
}

#[test]
fn choke_points_of_examples_are_the_lightest_that_leave_no_way() {
    let (mut problems, mut cuts) = (Vec::new(), 0);
    for technique in techniques() {
        for example in technique.examples {
            let written = Written::new(example.objects.trim_start());
            written.look(|world, graph| {
                let entries = facts(example.from, world, graph);
                let targets = facts(example.to, world, graph);
                match cut(graph, &entries, &targets) {
                    Ok(changes) => cuts += usize::from(!changes.is_empty()),
                    Err(problem) => problems.push(format!("{}: {problem}", technique.id)),
                }
            });
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(cuts > 130, "only {cuts} examples had something to cut");
}

#[test]
fn manifests_that_are_edited_as_choke_points_say_have_no_way() {
    let (mut problems, mut edited) = (Vec::new(), 0);
    for technique in techniques() {
        for example in technique.examples {
            let written = Written::new(example.objects.trim_start());
            let after = written.look(|world, graph| {
                let entries = facts(example.from, world, graph);
                let targets = facts(example.to, world, graph);
                let changes = cut(graph, &entries, &targets).unwrap_or_default();
                let changes: Vec<&Change> =
                    changes.iter().map(|change| &graph.changes[change.0 as usize]).collect();
                let titles: Vec<&str> = changes.iter().map(|it| it.title.as_str()).collect();
                let wanted = !changes.is_empty() && editable(&changes);
                wanted.then(|| (titles.join("; "), written.edited(&changes)))
            });
            match after {
                None => {}
                Some((titles, Err(why))) => {
                    problems.push(format!("{}: {titles}: {why}", technique.id));
                }
                Some((titles, Ok(after))) => {
                    edited += 1;
                    if after.is_reached(example.from, example.to) {
                        let text = &after.inventory.manifests[0].text;
                        problems.push(format!("{}: {titles}: a way is left\n{text}", technique.id));
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(edited > 100, "only {edited} examples were edited");
}

#[test]
fn an_edit_takes_away_every_step_that_its_change_does() {
    let mut problems = BTreeMap::new();
    let mut edited = 0;
    for technique in techniques() {
        for example in technique.examples {
            let written = Written::new(example.objects.trim_start());
            let wanted = written.look(|world, graph| {
                let numbers = (0..).map(ChangeId).zip(&graph.changes);
                let editable = numbers.filter(|(_, change)| editable(&[change]));
                let wanted = editable.map(|(number, change)| {
                    let gone = steps(world, graph, Some(number));
                    (change.title.clone(), gone, written.edited(&[change]))
                });
                wanted.collect::<Vec<_>>()
            });
            for (title, gone, after) in wanted {
                edited += 1;
                let left = after.map(|after| {
                    let left = after.look(|world, graph| steps(world, graph, None));
                    gone.intersection(&left).cloned().collect::<Vec<_>>().join("\n    ")
                });
                let problem = match left {
                    Ok(left) if left.is_empty() => continue,
                    Ok(left) => format!("leaves\n    {left}"),
                    Err(why) => why,
                };
                problems.entry(format!("{}: {title}", technique.id)).or_insert(problem);
            }
        }
    }
    let problems: Vec<String> =
        problems.iter().map(|(what, why)| format!("{what}: {why}")).collect();
    assert!(problems.is_empty(), "{}\n{}", problems.len(), problems.join("\n"));
    assert!(edited > 250, "only {edited} changes were made");
}

/// A cluster of teams whose programs differ in what they may do, by a number each.
fn generated(teams: u32) -> String {
    let mut text = String::from("# cluster\n");
    for team in 0..teams {
        let (rule, kind) = match team % 5 {
            0 => ("{verbs: ['*'], apiGroups: ['*'], resources: ['*']}", "ClusterRoleBinding"),
            1 => ("{verbs: [create], apiGroups: [''], resources: [pods]}", "RoleBinding"),
            2 => ("{verbs: [get, list], apiGroups: [''], resources: [secrets]}", "RoleBinding"),
            3 => ("{verbs: [create], apiGroups: [''], resources: [pods/exec]}", "RoleBinding"),
            _ => ("{verbs: [get], apiGroups: [''], resources: [pods]}", "ClusterRoleBinding"),
        };
        let place = if kind == "RoleBinding" {
            format!(", namespace: t{}", team / 2)
        } else {
            String::new()
        };
        let context = match team % 7 {
            0 => "privileged: true",
            1 => "capabilities: {add: [SYS_ADMIN]}",
            _ => "allowPrivilegeEscalation: false",
        };
        let service = if team % 3 == 0 { "LoadBalancer" } else { "ClusterIP" };
        let space = format!("t{}", team / 2);
        text.push_str(&format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: a{team}, namespace: {space}}}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r{team}}}\n\
             rules:\n- {rule}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: b{team}{place}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r{team}}}\n\
             subjects:\n- {{kind: ServiceAccount, name: a{team}, namespace: {space}}}\n\
             - {{kind: ServiceAccount, name: a{}, namespace: {space}}}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{team}, namespace: {space}}}\nspec:\n  \
             selector: {{matchLabels: {{app: d{team}}}}}\n  template:\n    \
             metadata: {{labels: {{app: d{team}}}}}\n    spec:\n      serviceAccountName: a{team}\n      \
             containers:\n      - name: main\n        image: nginx:1.27\n        \
             ports: [{{containerPort: 8080}}]\n        securityContext: {{{context}}}\n---\n\
             apiVersion: v1\nkind: Service\nmetadata: {{name: s{team}, namespace: {space}}}\n\
             spec: {{type: {service}, selector: {{app: d{team}}}, ports: [{{port: 80, targetPort: 8080}}]}}\n---\n",
            team ^ 1,
        ));
    }
    text
}

#[test]
fn a_cluster_that_is_edited_as_choke_points_say_has_no_way() {
    let mut edited = 0;
    for teams in [3, 8, 21, 40] {
        let written = Written::new(&generated(teams));
        for from in ["internet", "any-pod", "serviceaccount t0/a1"] {
            for to in ["cluster-admin", "node", "secrets t0"] {
                if !written.is_reached(from, to) {
                    continue;
                }
                let after = written.look(|world, graph| {
                    let (entries, targets) = (facts(from, world, graph), facts(to, world, graph));
                    let changes = cut(graph, &entries, &targets).unwrap();
                    let changes: Vec<&Change> =
                        changes.iter().map(|change| &graph.changes[change.0 as usize]).collect();
                    let wanted = !changes.is_empty() && editable(&changes);
                    wanted.then(|| written.edited(&changes).unwrap())
                });
                if let Some(after) = after {
                    edited += 1;
                    assert!(!after.is_reached(from, to), "{teams} teams, {from} to {to}");
                }
            }
        }
    }
    assert!(edited > 10, "only {edited} clusters were edited");
}
