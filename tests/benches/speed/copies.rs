//! Fresh copies of the binaries.
//!
//! In which pieces the kernel has a file in memory, and so how often a start waits for one, depends
//! on how the file was written. A linker writes otherwise than a deployment does: the same bytes took
//! a tenth more page faults. So what is compared is written alike, one after the other.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// A folder of copies, removed at the end.
pub(crate) struct Copies(PathBuf);

impl Copies {
    pub(crate) fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("portcullis-bench-{}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    /// The path of a copy of `program`, which is called `name` there.
    pub(crate) fn of(&self, program: &Path, name: &str) -> Result<PathBuf> {
        let copy = self.0.join(name);
        fs::copy(program, &copy)?;
        Ok(copy)
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
