use crate::setting::{
    Kind::{Bool, Text},
    Setting,
};

pub(super) const SETTINGS: &[Setting] =
    &[Setting::flag("config", Text).default(""), Setting::flag("profiling", Bool).default("true")];
