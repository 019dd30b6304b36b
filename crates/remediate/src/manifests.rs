//! Edits of manifests: chosen, tried on the text, judged again.

use std::collections::{BTreeMap, BTreeSet};

use merlon_engine::{Request, RequestError, evaluate};
use merlon_model::{Action, Finding, ObjectEdit, ObjectReference, Outcome, Report, Safety};
use merlon_redaction::markers;
use merlon_snapshot::{Inventory, Manifest, Object, Snapshot, Source};
use merlon_yaml::{Change, Edit, Pointer, edit};

/// What mends manifests, and what is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManifestPlan {
    /// The edits of each file, in the order in which they have to be made.
    pub files: BTreeMap<String, Vec<ObjectChange>>,
    /// The findings that the edits mend.
    pub mended: Vec<Finding>,
    /// The findings in manifests that go on failing, and why each is not mended.
    pub left: Vec<(Finding, String)>,
}

/// One edit of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectChange {
    /// The object.
    pub object: ObjectReference,
    /// The number of its document among those that Merlon keeps of the file, from 0.
    pub document: usize,
    /// The place of its manifest in its inventory. Overlays that render one file ask for its edits
    /// once each.
    pub manifest: usize,
    /// The edit; its pointer begins at the document's root.
    pub edit: ObjectEdit,
}

/// More rounds than edits can depend on each other.
const ROUNDS: usize = 8;

/// Chooses the edits that mend what fails in manifests, by making them in the snapshot's text and
/// evaluating again: an edit is part of the plan only if its finding is gone.
///
/// With `review`, also edits that may break a program.
///
/// # Errors
/// When the request names something that does not exist.
pub fn plan_manifests(
    snapshot: &Snapshot,
    request: &Request,
    review: bool,
) -> Result<ManifestPlan, RequestError> {
    let mut planning = Planning {
        snapshot: snapshot.clone(),
        review,
        plan: ManifestPlan::default(),
        tried: BTreeMap::new(),
    };
    let first = evaluate(snapshot, request)?;
    let mut report = first.clone();
    for _ in 0..ROUNDS {
        if !planning.round(&report) {
            break;
        }
        report = evaluate(&planning.snapshot, request)?;
    }
    Ok(planning.finish(&first, &report))
}

struct Planning {
    snapshot: Snapshot,
    review: bool,
    plan: ManifestPlan,
    /// The findings whose edits were made or could not be, by what tells them apart.
    tried: BTreeMap<String, Tried>,
}

/// How often a finding was there when its edits were tried, and why they could not be made.
struct Tried {
    count: usize,
    why: Option<String>,
}

/// What one finding asks of one manifest.
struct Wanted<'r> {
    finding: &'r Finding,
    /// How many findings are told apart from it only by their place in a list, itself among them.
    count: usize,
    inventory: usize,
    manifest: usize,
    document: usize,
    object: &'r ObjectReference,
    edits: &'r [ObjectEdit],
}

impl Planning {
    /// Makes every edit that does not get in the way of another; false when there is none.
    fn round(&mut self, report: &Report) -> bool {
        let mut taken: BTreeMap<(usize, usize, usize), Vec<&ObjectEdit>> = BTreeMap::new();
        let mut chosen: BTreeMap<(usize, usize), Vec<Wanted<'_>>> = BTreeMap::new();
        let counts = counts(report);
        let wanted = report.findings.iter().filter_map(|finding| self.wanted(finding, &counts));
        let mut wanted: Vec<Wanted<'_>> = wanted.collect();
        // Appending to one list, the item that sorts first stands for others: ALL for NET_RAW.
        wanted.sort_by_key(|wanted| (wanted.edits.iter().any(removes), wanted.edits.to_vec()));
        for wanted in wanted {
            let place = (wanted.inventory, wanted.manifest, wanted.document);
            let taken = taken.entry(place).or_default();
            if wanted.edits.iter().all(|edit| agrees(edit, taken)) {
                taken.extend(wanted.edits);
                chosen.entry((place.0, place.1)).or_default().push(wanted);
            }
        }
        let any = !chosen.is_empty();
        for ((inventory, manifest), wanted) in chosen {
            self.make(inventory, manifest, &wanted);
        }
        any
    }

    fn wanted<'r>(
        &self,
        finding: &'r Finding,
        counts: &BTreeMap<String, usize>,
    ) -> Option<Wanted<'r>> {
        let key = key(finding);
        // Of several alike, such as items of one list, some may have been mended by now.
        let count = *counts.get(&key)?;
        if finding.outcome != Outcome::Fail
            || self.tried.get(&key).is_some_and(|tried| tried.count <= count)
        {
            return None;
        }
        let inventory = self.snapshot.inventories.iter().position(|it| it.name == finding.scope)?;
        let ManifestEdits { object, path, document, edits, .. } = edits_of(finding, self.review)?;
        let manifest = manifest_of(&self.snapshot.inventories[inventory], object, path, document)?;
        Some(Wanted { finding, count, inventory, manifest, document, object, edits })
    }

    /// Makes edits in a manifest's text, all at once or, where that fails, finding by finding.
    fn make(&mut self, inventory: usize, manifest: usize, wanted: &[Wanted<'_>]) {
        let inventory = &mut self.snapshot.inventories[inventory];
        let text = &inventory.manifests[manifest].text;
        let (text, made) = match edited(text, wanted) {
            Ok(text) => (text, wanted.iter().collect()),
            Err(_) => one_by_one(text, wanted, &mut self.tried),
        };
        let mut seen = BTreeSet::new();
        for wanted in made {
            let tried = Tried { count: wanted.count, why: None };
            self.tried.insert(key(wanted.finding), tried);
            let path = inventory.manifests[manifest].path.clone();
            let changes = self.plan.files.entry(path).or_default();
            for edit in wanted.edits.iter().filter(|edit| seen.insert((wanted.document, *edit))) {
                let (object, document) = (wanted.object.clone(), wanted.document);
                changes.push(ObjectChange { object, document, manifest, edit: edit.clone() });
            }
        }
        replace(inventory, manifest, text);
    }

    fn finish(mut self, first: &Report, last: &Report) -> ManifestPlan {
        let mut left = counts(last);
        let fails = |finding: &&Finding| finding.outcome == Outcome::Fail && finding.part.is_some();
        for finding in first.findings.iter().filter(fails) {
            let left = left.get_mut(&key(finding)).filter(|count| **count > 0);
            if let Some(count) = left {
                *count -= 1;
                let why = self.why_left(finding);
                self.plan.left.push((finding.clone(), why));
            } else {
                self.plan.mended.push(finding.clone());
            }
        }
        self.plan
    }

    fn why_left(&self, finding: &Finding) -> String {
        match self.tried.get(&key(finding)) {
            Some(Tried { why: Some(why), .. }) => return why.clone(),
            Some(Tried { why: None, .. }) => return "the edit alone does not mend it".to_owned(),
            None => {}
        }
        if edits_of(finding, true).is_some() {
            return "the edit may break a program: look at it with --review".to_owned();
        }
        let steps = finding.actions.iter().find_map(|action| match action {
            Action::Manual { instruction, .. } => Some(instruction.clone()),
            _ => None,
        });
        steps.unwrap_or_else(|| "no edit can mend it".to_owned())
    }
}

/// The manifest that an object stands in. Several may have one path: overlays render the same file.
pub(crate) fn manifest_of(
    inventory: &Inventory,
    object: &ObjectReference,
    path: &str,
    number: usize,
) -> Option<usize> {
    inventory.objects.iter().find_map(|found| match found.source {
        Source::Manifest { manifest, document, .. }
            if document == number
                && inventory.manifests[manifest].path == path
                && found.reference() == *object =>
        {
            Some(manifest)
        }
        _ => None,
    })
}

/// The edits of a manifest that a finding carries.
pub(crate) struct ManifestEdits<'r> {
    pub(crate) action: &'r Action,
    pub(crate) object: &'r ObjectReference,
    pub(crate) path: &'r str,
    pub(crate) document: usize,
    pub(crate) edits: &'r [ObjectEdit],
    pub(crate) safety: Safety,
}

/// The edits of manifests that a finding carries, if they may be made.
pub(crate) fn edits_of(finding: &Finding, review: bool) -> Option<ManifestEdits<'_>> {
    finding.actions.iter().find_map(|action| match action {
        Action::EditObject { object, manifest: Some(path), document, edits, safety, .. }
            if review || *safety == Safety::Safe =>
        {
            let (document, safety) = (*document, *safety);
            Some(ManifestEdits { action, object, path, document, edits, safety })
        }
        _ => None,
    })
}

/// How many findings that fail are alike but for their place in a list.
fn counts(report: &Report) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for finding in report.findings.iter().filter(|it| it.outcome == Outcome::Fail) {
        *counts.entry(key(finding)).or_default() += 1;
    }
    counts
}

/// What tells findings apart while the text around them changes.
///
/// Files for several clusters hold objects of one name.
fn key(finding: &Finding) -> String {
    let path = edits_of(finding, true).map_or("", |edits| edits.path);
    format!("{path} | {} | {}", finding.identity(), finding.message)
}

fn removes(edit: &ObjectEdit) -> bool {
    matches!(edit, ObjectEdit::Remove { .. })
}

fn pointer(edit: &ObjectEdit) -> &str {
    let (ObjectEdit::Set { pointer, .. } | ObjectEdit::Remove { pointer }) = edit;
    pointer
}

/// Whether an edit can be made together with those that were taken: it is one of them, or touches
/// nothing that they touch.
fn agrees(edit: &ObjectEdit, taken: &[&ObjectEdit]) -> bool {
    taken.iter().all(|other| {
        let (a, b) = (pointer(edit), pointer(other));
        let within = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
        let removes_item = |edit: &ObjectEdit| {
            let last = pointer(edit).rsplit('/').next().unwrap_or_default();
            removes(edit) && last.bytes().all(|byte| byte.is_ascii_digit())
        };
        // Taking an item out of a list moves the others.
        let moves = |a: &ObjectEdit, b: &str| {
            let list = pointer(a).rsplit_once('/').map_or("", |(list, _)| list);
            removes_item(a) && within(b, list)
        };
        edit == *other
            || (a != b && !within(a, b) && !within(b, a) && !moves(edit, b) && !moves(other, a))
    })
}

fn edited(text: &str, wanted: &[Wanted<'_>]) -> Result<String, String> {
    let mut seen = BTreeSet::new();
    let mut edits = Vec::new();
    for wanted in wanted {
        for change in wanted.edits.iter().filter(|it| seen.insert((wanted.document, *it))) {
            edits.push(text_edit(wanted.document, change)?);
        }
    }
    edit(text, &edits).map_err(|error| error.to_string())
}

/// An edit as the text's editor takes it.
///
/// # Errors
/// When the pointer is none, or the value holds something that was cut out as a credential.
pub fn text_edit(document: usize, change: &ObjectEdit) -> Result<Edit, String> {
    let at: Pointer =
        pointer(change).parse().map_err(|_| format!("{} is no pointer", pointer(change)))?;
    let change = match change {
        ObjectEdit::Set { value, .. } if markers(&value.0.to_string()).next().is_some() => {
            return Err("the edit would write a value that was cut out as a credential".to_owned());
        }
        ObjectEdit::Set { value, .. } => Change::Set(value.0.clone()),
        ObjectEdit::Remove { .. } => Change::Remove,
    };
    Ok(Edit { document, pointer: at, change })
}

fn one_by_one<'w, 'r>(
    text: &str,
    wanted: &'w [Wanted<'r>],
    tried: &mut BTreeMap<String, Tried>,
) -> (String, Vec<&'w Wanted<'r>>) {
    let mut text = text.to_owned();
    let mut made = Vec::new();
    for wanted in wanted {
        match edited(&text, std::slice::from_ref(wanted)) {
            Ok(after) => {
                text = after;
                made.push(wanted);
            }
            Err(why) => {
                let why = Tried { count: wanted.count, why: Some(why) };
                tried.insert(key(wanted.finding), why);
            }
        }
    }
    (text, made)
}

/// Puts another text in a manifest's place and reads its objects again.
fn replace(inventory: &mut Inventory, number: usize, text: String) {
    let manifest = Manifest { text, ..inventory.manifests[number].clone() };
    let objects = manifest.contents(number).objects;
    inventory.manifests[number] = manifest;
    let own = |object: &Object| matches!(object.source, Source::Manifest { manifest, .. } if manifest == number);
    let at = inventory.objects.iter().position(own).unwrap_or(inventory.objects.len());
    inventory.objects.retain(|object| !own(object));
    inventory.objects.splice(at..at, objects);
}

#[cfg(test)]
mod tests {
    use merlon_controls::example;
    use merlon_engine::Request;
    use merlon_snapshot::{FORMAT, Header, Snapshot};

    use super::plan_manifests;

    /// The text after the plan's edits; the plan's own work on the snapshot's text is not looked at.
    fn check(controls: &[&str], review: bool, before: &str, expected: &str) {
        let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
        let inventories = vec![example::inventory(before)];
        let snapshot = Snapshot { header, nodes: Vec::new(), inventories };
        let controls = controls.iter().map(|id| (*id).to_owned()).collect();
        let request = Request { controls, ..Request::default() };
        let plan = plan_manifests(&snapshot, &request, review).unwrap();
        let mut text = before.to_owned();
        for change in plan.files.values().flatten() {
            let edit = super::text_edit(change.document, &change.edit).unwrap();
            text = merlon_yaml::edit(&text, &[edit]).unwrap();
        }
        assert_eq!(text, expected, "{plan:#?}");
    }

    #[test]
    fn edits_mend_what_they_are_for_and_keep_the_rest() {
        let pod = "kind: Pod # mine\napiVersion: v1\nspec:\n  hostNetwork: true # dns\n  containers:\n  \
                   - name: a\n";
        check(&["pod-host-network"], false, pod, pod);
        check(&["pod-host-network"], true, pod, &pod.replace("true", "false"));
        check(
            &["container-capabilities-not-dropped", "container-net-raw"],
            true,
            pod,
            &format!(
                "{pod}    securityContext:\n      capabilities:\n        drop:\n        - ALL\n"
            ),
        );
    }

    #[test]
    fn objects_of_one_name_in_several_files_are_all_mended() {
        let pod = |context: &str| {
            format!(
                "kind: Pod\napiVersion: v1\nmetadata: {{name: web}}\nspec:\n  containers:\n  - name: a\n    \
                 securityContext: {{{context}}}\n"
            )
        };
        let mut inventory = example::inventory(&pod("runAsUser: 9000"));
        let mut second = inventory.manifests[0].clone();
        second.path = "second.yaml".to_owned();
        // Here it comes to light when the first edit is made.
        second.text = pod("privileged: true");
        inventory.objects.extend(second.contents(1).objects);
        inventory.manifests.push(second);
        let header = Header { format: FORMAT, tool: "test".to_owned(), taken_at: example::NOW };
        let snapshot = Snapshot { header, nodes: Vec::new(), inventories: vec![inventory] };
        let controls = ["container-privileged", "container-privilege-escalation"];
        let controls = controls.map(str::to_owned).to_vec();
        let request = Request { controls, ..Request::default() };
        let plan = plan_manifests(&snapshot, &request, true).unwrap();
        let files: Vec<&str> = plan.files.keys().map(String::as_str).collect();
        assert_eq!(files, ["example.yaml", "second.yaml"]);
        assert_eq!(plan.files["second.yaml"].len(), 2, "{plan:#?}");
        assert_eq!((plan.mended.len(), plan.left.len()), (2, 0), "{plan:#?}");
    }

    #[test]
    fn one_finding_takes_several_items_out_of_a_list() {
        let role = |verbs: &str| {
            format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a, namespace: \
                 kube-system}}\nrules:\n- apiGroups: ['']\n  resources: [configmaps]\n  verbs: {verbs}\n\
                 ---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: a, \
                 namespace: kube-system}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, \
                 name: a}}\nsubjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: ann}}]\n"
            )
        };
        check(
            &["system-config-map-change-granted"],
            true,
            &role("[get, patch, list, update, watch, delete]"),
            &role("[get, list, watch, delete]"),
        );
    }

    #[test]
    fn what_was_cut_out_is_never_written() {
        let set = |value: serde_json::Value| merlon_model::ObjectEdit::Set {
            pointer: "/metadata/annotations".to_owned(),
            value: merlon_model::EditValue(value),
        };
        assert!(super::text_edit(0, &set(serde_json::json!({"a": "b"}))).is_ok());
        let cut_out = serde_json::json!({"a": ["<redacted:password>"]});
        assert!(super::text_edit(0, &set(cut_out)).is_err());
    }

    #[test]
    fn items_of_one_list_are_mended_one_after_the_other() {
        let pod = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: a\n    ports:\n    \
                   - containerPort: 1\n      hostPort: 1\n    - containerPort: 2\n      hostPort: 2\n    \
                   volumeMounts:\n    - {name: a, mountPath: /etc/hosts}\n    - {name: b, mountPath: /x}\n    \
                   - {name: c, mountPath: /etc//hosts}\n";
        let expected = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: a\n    ports:\n    \
                        - containerPort: 1\n    - containerPort: 2\n    volumeMounts:\n    \
                        - {name: b, mountPath: /x}\n";
        check(&["pod-host-aliases", "container-host-port"], true, pod, expected);
    }
}
