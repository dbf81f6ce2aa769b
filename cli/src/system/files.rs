//! Files for one user's eyes alone.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use portcullis::machine::PrivateFile;
use rustix::process::geteuid;

/// What of a mode lets others in.
const OTHERS: u32 = 0o077;

pub(crate) fn read_private(path: &Path, max: u64) -> io::Result<PrivateFile> {
    // Looked at before it is opened, which would wait for the other end of a pipe.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.uid() != geteuid().as_raw() {
        return Err(io::Error::other(format!("it belongs to another user ({})", about.uid())));
    }
    let mut was_exposed = about.mode() & OTHERS != 0;
    if was_exposed {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    was_exposed |= close(path.parent())?;
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > max) {
        return Err(io::Error::other(format!("it is longer than {max} bytes")));
    }
    Ok(PrivateFile { bytes, was_exposed })
}

/// Closes `directory` to others. One that is another's is left: nothing in it is trusted for its place.
fn close(directory: Option<&Path>) -> io::Result<bool> {
    let Some(directory) = directory else { return Ok(false) };
    let about = std::fs::metadata(directory)?;
    let is_open = about.mode() & OTHERS != 0 && about.uid() == geteuid().as_raw();
    if is_open {
        std::fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    Ok(is_open)
}

/// Through a new file in the same directory, so that there is always the old one or the new one.
pub(crate) fn save_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    make(directory)?;
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let written = written.and_then(|()| std::fs::rename(&new, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&new);
        return written;
    }
    // The new name is on disk once its directory is.
    File::open(directory)?.sync_all()
}

pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The lock is the operating system's, on the open file: nothing is left of it when its process ends.
pub(crate) fn try_lock(path: &Path) -> io::Result<Option<File>> {
    make(path.parent().unwrap_or(Path::new(".")))?;
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

fn make(directory: &Path) -> io::Result<()> {
    if directory.as_os_str().is_empty() || directory.exists() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}
