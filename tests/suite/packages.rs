//! What `make package` makes: the same bytes from everywhere, the right machine, and a list of what is inside.

mod contents;
mod refused;
mod sam;
mod workshop;

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::root;

/// The architecture that `make packages` builds for: this machine's.
const ARCH: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
/// One that this machine has not.
const OTHER_ARCH: &str = if cfg!(target_arch = "aarch64") { "x86_64" } else { "arm64" };

/// A file that `make packages` has made, by its path under the suite's folder.
///
/// # Panics
/// It is not there.
#[track_caller]
fn package(path: &str) -> PathBuf {
    let path = target().join("suite").join(path);
    assert!(path.is_file(), "`{}` is missing: build it with `make packages`", path.display());
    path
}

/// Cargo's target directory. A test is in `<target>/<profile>/deps`.
fn target() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    executable.ancestors().nth(3).unwrap().to_owned()
}

/// The checkout, without `..` in its path.
fn checkout() -> PathBuf {
    root().canonicalize().unwrap()
}

/// The file `name` of the zip `path`.
fn unzipped(path: &Path, name: &str) -> Vec<u8> {
    let script = "import sys, zipfile; \
                  sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
    output(Command::new("python3").args(["-c", script]).arg(path).arg(name))
}

/// What a command writes that must succeed.
#[track_caller]
fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
