use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use merlon_model::Report;

/// What the program wrote and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A call of the real program, in an empty directory and with an environment that holds nothing
/// of the caller's.
pub(crate) struct Merlon {
    command: Command,
    directory: tempfile::TempDir,
}

/// Runs the program with arguments.
pub(crate) fn merlon<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    Merlon::new(arguments).run()
}

/// The command that `scan --host-root` is, with further arguments.
pub(crate) fn scan(root: &Path, arguments: &[&str]) -> Output {
    Merlon::new(["scan", "--host-root"]).argument(root).arguments(arguments).run()
}

/// The report of a scan of a host, and how the scan ended.
#[track_caller]
pub(crate) fn report(root: &Path, arguments: &[&str]) -> (Report, Output) {
    let output = scan(root, &[&["--output", "json"], arguments].concat());
    (output.report(), output)
}

impl Merlon {
    pub(crate) fn new<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_merlon"));
        Self::of(command).arguments(arguments)
    }

    /// The program under another one, which is given `before` and then the program's own arguments.
    pub(crate) fn under(other: &str, before: &[&str]) -> Self {
        let mut command = Command::new(other);
        command.args(before).arg(env!("CARGO_BIN_EXE_merlon"));
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        command.env_clear().env("LANG", "C.UTF-8").current_dir(directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, directory }
    }

    pub(crate) fn argument(self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments([argument])
    }

    pub(crate) fn arguments<A: AsRef<OsStr>>(
        mut self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        self.command.args(arguments);
        self
    }

    /// The directory the program runs in.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// As a user without any rights; only root can ask for that.
    pub(crate) fn as_nobody<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        // Where the program was built may not be seen by everybody.
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let program = directory.path().join("merlon");
        fs::copy(env!("CARGO_BIN_EXE_merlon"), &program).expect("room for the program");
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(directory.path(), open).expect("one's own directory");
        let mut merlon = Self::of(Command::new(program)).arguments(arguments);
        merlon.command.uid(65_534).gid(65_534).current_dir(directory.path());
        merlon.directory = directory;
        merlon
    }

    pub(crate) fn run(self) -> Output {
        self.run_with(&[])
    }

    /// Runs it with bytes on standard input.
    pub(crate) fn run_with(mut self, input: &[u8]) -> Output {
        self.command.stdin(Stdio::piped());
        let mut child = self.command.spawn().expect("the program was built");
        let mut stdin = child.stdin.take().expect("it was piped");
        let written = std::thread::scope(|scope| {
            let writer = scope.spawn(move || stdin.write_all(input));
            let output = child.wait_with_output().expect("a child can be waited for");
            // A program that does not want its input closes it.
            drop(writer.join());
            output
        });
        Output {
            code: written.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&written.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&written.stderr).into_owned(),
        }
    }
}

impl Output {
    /// The JSON report on standard output.
    #[track_caller]
    pub(crate) fn report(&self) -> Report {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }

    /// It ended with that code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// What it wrote to either stream has the text in it.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        let whole = format!("{}\n{}", self.stdout, self.stderr);
        assert!(whole.contains(text), "nothing says {text:?}:\n{whole}");
    }
}
