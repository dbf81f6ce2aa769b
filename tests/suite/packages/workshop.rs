//! `make package` with a build that takes no time: what cargo would have built is given.

use std::ffi::OsString;
use std::fs::{Permissions, create_dir_all, read, remove_dir_all, set_permissions, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::aws::unique;
use tests::binary;
use tests::tool::Done;

use super::{ARCH, OTHER_ARCH, checkout, package, unzipped};

/// A folder of the test's own, which ends with it: `bin` comes first on the path, `binaries` has what is built,
/// `lambda` takes the packages.
pub(super) struct Workshop(PathBuf);

impl Workshop {
    /// One whose `cargo` hands out `built`, by function.
    pub(super) fn new(built: &[(&str, &[u8])]) -> Self {
        let own = Self(std::env::temp_dir().join(unique("workshop")));
        for folder in ["bin", "binaries"] {
            create_dir_all(own.0.join(folder)).unwrap();
        }
        for (function, content) in built {
            write(own.0.join("binaries").join(function), content).unwrap();
        }
        // Everything but the build is cargo's own.
        let binaries = own.0.join("binaries");
        own.put_before(
            "cargo",
            &format!(
                r#"if [ "$1" = auditable ]; then
    while [ $# -gt 0 ]; do
        case "$1" in
        --lambda-dir) into=$2 ;;
        --bin) functions="$functions $2" ;;
        esac
        shift
    done
    for function in $functions; do
        mkdir -p "$into/$function"
        cp "{}/$function" "$into/$function/bootstrap"
    done
    exit
fi"#,
                binaries.display()
            ),
        );
        for tool in ["cargo-auditable", "cargo-lambda"] {
            own.put_before(tool, "exit 1");
        }
        own
    }

    /// One whose `cargo` hands out what `make packages` has built.
    pub(super) fn of_this_checkout(functions: &[&str]) -> Self {
        let zip = |own: &&str| package(&format!("packages/{ARCH}/{own}.zip"));
        let built: Vec<_> =
            functions.iter().map(|own| (*own, unzipped(&zip(own), "bootstrap"))).collect();
        let built: Vec<_> = built.iter().map(|(own, bytes)| (*own, bytes.as_slice())).collect();
        Self::new(&built)
    }

    /// Puts a command of the name `tool` before the real one: shell `lines`, and then the real one.
    pub(super) fn put_before(&self, tool: &str, lines: &str) {
        let path = self.path(&format!("bin/{tool}"));
        let real = searched();
        let text =
            format!("#!/bin/sh\n{lines}\nPATH='{}' exec {tool} \"$@\"\n", real.to_str().unwrap());
        write(&path, text).unwrap();
        set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// A toolchain that has nothing for the other architecture, and a rustup that cannot fetch it.
    pub(super) fn without_other_architecture(&self) {
        let triple = triple(OTHER_ARCH);
        self.put_before("rustc", &format!("case \"$*\" in *{triple}*) echo /nowhere; exit;; esac"));
        self.put_before("rustup", "echo 'error: no network' >&2; exit 1");
    }

    /// Runs `make` in `folder` of the checkout with `arguments`.
    pub(super) fn make(&self, folder: &str, arguments: &[&str]) -> Done {
        let mut path = OsString::from(self.path("bin"));
        path.push(":");
        path.push(searched());
        let mut make = Command::new("make");
        // Of the `make` that runs the tests, or of whoever calls it.
        for name in VARIABLES {
            make.env_remove(name);
        }
        let output = make
            .args(["--no-print-directory", "--directory"])
            .arg(checkout().join(folder))
            .args(arguments)
            .arg(format!("CARGO_TARGET_DIR={}", self.path("target").display()))
            .arg(format!("CARGO_LAMBDA={}", self.path("bin/cargo-lambda").display()))
            .arg(format!("CARGO_AUDITABLE={}", self.path("bin/cargo-auditable").display()))
            .arg(format!("LAMBDA={}", self.path("lambda").display()))
            .arg(format!("PORTCULLIS={}", binary("portcullis").unwrap().display()))
            .env("PATH", path)
            .output()
            .unwrap();
        Done {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(super) fn path(&self, own: &str) -> PathBuf {
        self.0.join(own)
    }

    /// The bytes of a file in the folder.
    pub(super) fn read(&self, own: &str) -> Vec<u8> {
        read(self.path(own)).unwrap()
    }

    /// Fails if a package is there.
    #[track_caller]
    pub(super) fn has_no_package(&self) {
        for architecture in [ARCH, OTHER_ARCH] {
            let folder = self.path("lambda").join(architecture);
            let files = |folder: &Path| folder.read_dir().map_or(0, Iterator::count);
            assert_eq!(files(&folder), 0, "{architecture}");
        }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = remove_dir_all(&self.0);
    }
}

const VARIABLES: [&str; 8] = [
    "ACCESS",
    "API_TEMPLATE",
    "ARCH",
    "FUNCTIONS",
    "JWKS_SEED",
    "MAKEFLAGS",
    "MAKELEVEL",
    "SOURCE_DATE_EPOCH",
];

/// Rust's name for an architecture of Lambda.
pub(super) fn triple(architecture: &str) -> &'static str {
    if architecture == "arm64" { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" }
}

#[expect(clippy::disallowed_methods, reason = "where commands are, not a setting of a function")]
fn searched() -> OsString {
    std::env::var_os("PATH").unwrap()
}
