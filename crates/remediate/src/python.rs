//! The edits themselves, in Python: Ansible module and shell script share them.

/// The Python package, file by file.
pub(crate) const PACKAGE: [(&str, &str); 14] = [
    ("__init__.py", include_str!("../assets/merlon/__init__.py")),
    ("__main__.py", include_str!("../assets/merlon/__main__.py")),
    ("configuration.py", include_str!("../assets/merlon/configuration.py")),
    ("document.py", include_str!("../assets/merlon/document.py")),
    ("edits.py", include_str!("../assets/merlon/edits.py")),
    ("environment.py", include_str!("../assets/merlon/environment.py")),
    ("flags.py", include_str!("../assets/merlon/flags.py")),
    ("lines.py", include_str!("../assets/merlon/lines.py")),
    ("manifest.py", include_str!("../assets/merlon/manifest.py")),
    ("nodefile.py", include_str!("../assets/merlon/nodefile.py")),
    ("running.py", include_str!("../assets/merlon/running.py")),
    ("scalars.py", include_str!("../assets/merlon/scalars.py")),
    ("supervisor.py", include_str!("../assets/merlon/supervisor.py")),
    ("unit.py", include_str!("../assets/merlon/unit.py")),
];

/// The Ansible modules, file by file.
pub(crate) const MODULES: [(&str, &str); 2] = [
    ("merlon_edit.py", include_str!("../assets/library/merlon_edit.py")),
    ("merlon_wait.py", include_str!("../assets/library/merlon_wait.py")),
];
