use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use merlon_model::{Finding, Kind};
use merlon_snapshot::Object;
use merlon_views::in_parallel;
use merlon_views::objects::{ContainerView, InventoryView, PodView};

use super::judge::Judge;
use super::verdict::{Flaw, Judged, Verdict};
use crate::control::{Check, Control};

/// Gives what each control on objects finds in an inventory: at least one finding each.
///
/// Each flaw is a finding; objects that pass are counted by one finding for all of them.
pub(crate) fn evaluate(
    controls: &[&'static Control],
    view: &InventoryView<'_>,
) -> Vec<Vec<Finding>> {
    let by_kind = objects_by_kind(controls, view);
    let pieces = pieces(controls, view, &by_kind);
    let done = in_parallel(pieces.len(), |number| pieces[number].judge(controls, view));
    let mut parts: Vec<Vec<Answer<'_, '_>>> = Vec::new();
    parts.resize_with(controls.len(), Vec::new);
    for part in done.into_iter().flatten() {
        parts[part.control].push(part);
    }
    let parts: Vec<_> = parts.into_iter().map(Mutex::new).collect();
    in_parallel(controls.len(), |number| {
        let mut judge = Judge::new(controls[number], view);
        judge.begin();
        // Each is taken once, so nobody can have left the lock in a bad state.
        let mut parts =
            std::mem::take(&mut *parts[number].lock().unwrap_or_else(PoisonError::into_inner));
        parts.sort_by_key(|part| part.order);
        judge.reserve(parts.iter().map(|part| part.said.len()).sum());
        for part in parts {
            judge.add(part);
        }
        judge.into_findings()
    })
}

/// How many pods or objects are judged by all controls before the next ones: few enough that they
/// stay in a processor's cache.
const BLOCK: usize = 64;

/// The objects of the kinds that controls look at.
fn objects_by_kind<'a>(
    controls: &[&'static Control],
    view: &InventoryView<'a>,
) -> BTreeMap<Kind, Vec<&'a Object>> {
    let kinds = controls.iter().flat_map(|control| match control.check {
        Check::Object { kinds, .. } => kinds,
        _ => &[],
    });
    kinds.map(|kind| (*kind, view.of_kind(*kind).collect())).collect()
}

/// What one thread judges at a time.
enum Piece<'v, 'a> {
    /// Everything, by one control.
    Whole(usize),
    /// Some objects of a kind, by all controls that look at the kind.
    Objects(Kind, &'v [&'a Object]),
    /// Some pods, by all controls that look at pods or containers.
    Pods(&'v [PodView<'a>]),
}

fn pieces<'v, 'a>(
    controls: &[&'static Control],
    view: &'v InventoryView<'a>,
    by_kind: &'v BTreeMap<Kind, Vec<&'a Object>>,
) -> Vec<Piece<'v, 'a>> {
    // Those that take longest come first.
    let is_whole = |number: &usize| matches!(controls[*number].check, Check::Inventory { .. });
    let mut pieces: Vec<_> = (0..controls.len()).filter(is_whole).map(Piece::Whole).collect();
    for (kind, objects) in by_kind {
        pieces.extend(objects.chunks(BLOCK).map(|block| Piece::Objects(*kind, block)));
    }
    let is_about_pods =
        |control: &&Control| matches!(control.check, Check::Pod { .. } | Check::Container { .. });
    if controls.iter().copied().any(|control| is_about_pods(&control)) {
        pieces.extend(view.pods.chunks(BLOCK).map(Piece::Pods));
    }
    pieces
}

impl<'v, 'a> Piece<'v, 'a> {
    /// What each control says of the piece that has something to say.
    fn judge(
        &self,
        controls: &[&'static Control],
        view: &'v InventoryView<'a>,
    ) -> Vec<Answer<'v, 'a>> {
        let mut answers = Vec::new();
        for (number, control) in controls.iter().enumerate() {
            let mut answer = Answer::new(number);
            match (self, control.check) {
                (Self::Whole(own), Check::Inventory { judge, .. }) if *own == number => {
                    answer.take(None, None, 1, judge(view));
                }
                (Self::Objects(kind, objects), Check::Object { kinds, judge, .. }) => {
                    let Some(order) = kinds.iter().position(|each| each == kind) else { continue };
                    answer.order = order;
                    for object in *objects {
                        answer.take(Some((object, object)), None, 1, judge(view, object));
                    }
                }
                (Self::Pods(pods), Check::Pod { judge, .. }) => {
                    for pod in pods.iter().filter(|pod| pod.speaks_for > 0) {
                        let objects = Some((pod.object, pod.owner));
                        answer.take(objects, None, pod.speaks_for, judge(view, pod));
                    }
                }
                (Self::Pods(pods), Check::Container { judge, .. }) => {
                    for pod in pods.iter().filter(|pod| pod.speaks_for > 0) {
                        for container in &pod.containers {
                            let judged = judge(view, pod, container);
                            let objects = Some((pod.object, pod.owner));
                            answer.take(objects, Some(container), pod.speaks_for, judged);
                        }
                    }
                }
                _ => continue,
            }
            answer.seen = Seen::default();
            answers.push(answer);
        }
        answers
    }
}

/// What a control says of a piece.
pub(super) struct Answer<'v, 'a> {
    /// The control's number.
    control: usize,
    /// Its place among the parts of the control; those of one place stay in their order.
    order: usize,
    pub(super) passed: usize,
    pub(super) other: usize,
    /// Everything else.
    pub(super) said: Vec<Said<'v, 'a>>,
    seen: Seen<'a>,
}

/// What a control says of one object, pod or container, or of all together.
pub(super) struct Said<'v, 'a> {
    /// The object, and the one that findings belong to.
    pub(super) objects: Option<(&'a Object, &'a Object)>,
    pub(super) container: Option<&'v ContainerView<'a>>,
    pub(super) judged: Judged<'a>,
}

/// The flaws that were met in a piece, by the address of their owner: where a hundred pods of a workload
/// differ from it, they all say the same. For each the object that said it first.
#[derive(Default)]
struct Seen<'a>(HashMap<(usize, Option<&'a str>, Cow<'static, str>), usize>);

impl<'v, 'a> Answer<'v, 'a> {
    fn new(control: usize) -> Self {
        Self { control, order: 0, passed: 0, other: 0, said: Vec::new(), seen: Seen::default() }
    }

    /// Takes what is said of one, and holds for so many.
    fn take(
        &mut self,
        objects: Option<(&'a Object, &'a Object)>,
        container: Option<&'v ContainerView<'a>>,
        count: usize,
        mut judged: Judged<'a>,
    ) {
        match &mut judged {
            Ok(Verdict::Pass) => self.passed += count,
            Ok(Verdict::NotApplicable) => self.other += count,
            Ok(Verdict::Fail(flaws)) => {
                if let Some(objects) = objects {
                    self.seen.keep_new(objects, container, flaws);
                }
                if !flaws.is_empty() {
                    flaws.shrink_to_fit();
                    self.said.push(Said { objects, container, judged });
                }
            }
            _ => self.said.push(Said { objects, container, judged }),
        }
    }
}

impl<'a> Seen<'a> {
    fn keep_new(
        &mut self,
        (object, owner): (&Object, &Object),
        container: Option<&ContainerView<'a>>,
        flaws: &mut Vec<Flaw<'a>>,
    ) {
        let name = container.map(|container| container.name);
        let address = |object| std::ptr::from_ref::<Object>(object).addr();
        flaws.retain(|flaw| {
            let (object, owner) = flaw.object.map_or((object, owner), |other| (other, other));
            let key = (address(owner), name, flaw.message.clone());
            // The object itself may have the same flaw in another field.
            *self.0.entry(key).or_insert(address(object)) == address(object)
        });
    }
}
