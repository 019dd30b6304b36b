use crate::setting::{Kind::Bool, Setting};

pub(super) const SETTINGS: &[Setting] = &[Setting::flag("profiling", Bool).default("true")];
