//! A child process whose output is kept and whose usage is read from `/proc`.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::root;

/// Ended when dropped, so that a failing test leaves nothing running.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdout: File,
    stderr: File,
}

/// What a process left behind.
#[derive(Debug)]
pub struct Output {
    /// All it wrote to standard output.
    pub stdout: String,
    /// All it wrote to standard error.
    pub stderr: String,
    /// Its exit status: of a process that did not end by itself, the signal that ended it.
    pub status: ExitStatus,
    /// What it had used; `None` when it had ended by itself before anyone looked.
    pub usage: Option<Usage>,
}

/// What a process used, all of its threads together.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Time on a CPU.
    pub cpu: Duration,
    /// Peak resident memory in KiB (`VmHWM`).
    pub peak_kib: u64,
}

impl Process {
    pub(crate) fn start<'a>(
        program: &Path,
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> io::Result<Self> {
        let stdout = unnamed_file()?;
        let stderr = unnamed_file()?;
        let child = Command::new(program)
            .current_dir(root())
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?)
            .spawn()
            .map_err(|e| io::Error::new(e.kind(), format!("`{}`: {e}", program.display())))?;
        Ok(Self { child, stdout, stderr })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by its name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> io::Result<()> {
        let sent =
            Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.id())).status()?;
        if sent.success() { Ok(()) } else { Err(io::Error::other("no signal was sent")) }
    }

    pub(crate) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    pub(crate) fn stdout(&self) -> io::Result<String> {
        contents(&self.stdout)
    }

    pub(crate) fn stderr(&self) -> io::Result<String> {
        contents(&self.stderr)
    }

    pub(crate) fn usage(&self) -> io::Result<Usage> {
        let proc = PathBuf::from(format!("/proc/{}", self.child.id()));
        Ok(Usage { cpu: cpu(&proc)?, peak_kib: peak_kib(&proc)? })
    }

    pub(crate) fn stop(mut self) -> io::Result<Output> {
        let usage = self.usage().ok();
        self.child.kill()?;
        let status = self.child.wait()?;
        Ok(Output {
            stdout: contents(&self.stdout)?,
            stderr: contents(&self.stderr)?,
            status,
            usage,
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file instead of a pipe: a function that writes much never waits for us, and reading what it
/// wrote takes no thread that would disturb a measurement.
fn unnamed_file() -> io::Result<File> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("portcullis-{}-{number}", std::process::id()));
    let file = File::options().read(true).append(true).create_new(true).open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}

fn contents(file: &File) -> io::Result<String> {
    let mut bytes = vec![0; usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX)];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `schedstat` counts nanoseconds where `stat` counts ticks of ten milliseconds.
fn cpu(proc: &Path) -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(proc.join("task"))? {
        let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += number(schedstat.split(' ').next())?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn peak_kib(proc: &Path) -> io::Result<u64> {
    let status = fs::read_to_string(proc.join("status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    number(peak.and_then(|value| value.split_whitespace().next()))
}

fn number(text: Option<&str>) -> io::Result<u64> {
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| io::Error::other("`/proc` has another form than expected"))
}
