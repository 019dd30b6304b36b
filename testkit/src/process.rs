//! Child processes that end with us, whatever ends us.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};

use crate::Component;

/// A command that the kernel kills when the thread that starts it ends.
///
/// `setpriv` asks for that and then becomes the command, so the process keeps its id and
/// its name. Unlike a destructor, this also holds when we are killed.
pub(crate) fn dying_with_us(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// A running component. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    component: Component,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its output in the file `log`.
    pub(crate) fn start(
        component: Component,
        mut command: Command,
        log: PathBuf,
    ) -> std::io::Result<Process> {
        let output = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        Ok(Process { component, child: spawn_on_lasting_thread(command)?, log })
    }

    pub(crate) fn component(&self) -> Component {
        self.component
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the process said last, when it has ended.
    pub(crate) fn end(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(20)..].join("\n");
        Some(format!(
            "{} ended with {status}; the end of {}:\n{tail}",
            self.component.name(),
            self.log.display()
        ))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type Request = (Command, mpsc::Sender<std::io::Result<Child>>);

/// Starts a command from a thread that lives as long as the process.
///
/// The death signal follows the *thread* that forked. A test's thread ends with the test,
/// which must not kill a control plane that other tests share.
fn spawn_on_lasting_thread(command: Command) -> std::io::Result<Child> {
    static SPAWNER: OnceLock<mpsc::Sender<Request>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, requests) = mpsc::channel::<Request>();
        std::thread::spawn(move || {
            for (mut command, reply) in requests {
                // Whoever asked and went away does not need the answer.
                let _ = reply.send(command.spawn());
            }
        });
        sender
    });
    let (reply, answer) = mpsc::channel();
    spawner
        .send((command, reply))
        .map_err(|_| std::io::Error::other("the spawning thread is gone"))?;
    answer.recv().map_err(|_| std::io::Error::other("the spawning thread is gone"))?
}
