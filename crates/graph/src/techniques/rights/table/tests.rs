use std::collections::BTreeSet;

use merlon_rbac::risk::primitives;

use super::declined::DECLINED;
use super::{ADDED, rows};

#[test]
fn each_primitive_has_a_row_or_a_reason_for_none() {
    let rows: BTreeSet<&str> = rows().map(|row| row.primitive).collect();
    let declined: BTreeSet<&str> = DECLINED.iter().map(|(id, _)| *id).collect();
    assert_eq!(rows.intersection(&declined).next(), None);
    let told: BTreeSet<&str> = rows.union(&declined).copied().collect();
    let added = ADDED.iter().map(|it| it.id);
    let known: BTreeSet<&str> = primitives().map(|it| it.id).chain(added).collect();
    assert_eq!(told, known);
}
