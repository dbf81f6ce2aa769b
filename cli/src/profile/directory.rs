//! Where the profiles lie.

use std::path::{Path, PathBuf};

use crate::exit::CommandError;

const NAME: &str = "portcullis";

/// The directory of the profiles, and what says so: PORTCULLIS_CONFIG_DIR, or else the platform's directory
/// for configuration, which on Linux is that of the XDG Base Directory Specification.
///
/// # Errors
/// Nothing says where.
pub(super) fn directory(
    setting: &dyn Fn(&str) -> Option<String>,
) -> Result<(PathBuf, &'static str), CommandError> {
    let set = |name: &str| setting(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    if let Some(own) = set("PORTCULLIS_CONFIG_DIR") {
        return Ok((own, "PORTCULLIS_CONFIG_DIR"));
    }
    // The specification: a path that is not absolute is to be ignored.
    if let Some(xdg) = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute()) {
        return Ok((xdg.join(NAME), "XDG_CONFIG_HOME"));
    }
    match set("HOME") {
        Some(home) => Ok((home.join(of_platform()).join(NAME), "HOME")),
        None => Err(CommandError::failed(
            "there is no directory for the configuration: set PORTCULLIS_CONFIG_DIR",
        )),
    }
}

fn of_platform() -> &'static Path {
    let of_platform =
        if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
    Path::new(of_platform)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::directory;

    #[track_caller]
    fn check(settings: &[(&str, &str)], expected: Option<&str>) {
        let setting = |name: &str| {
            settings.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
        };
        let found = directory(&setting).ok().map(|(path, _)| path);
        assert_eq!(found.as_deref(), expected.map(Path::new), "{settings:?}");
    }

    #[test]
    fn who_says_where() {
        check(&[], None);
        check(&[("HOME", "")], None);
        check(&[("XDG_CONFIG_HOME", "relative")], None);
        let xdg = ("XDG_CONFIG_HOME", "/x");
        check(&[xdg, ("HOME", "/home/a")], Some("/x/portcullis"));
        check(&[xdg, ("PORTCULLIS_CONFIG_DIR", "/p")], Some("/p"));
        check(&[xdg, ("PORTCULLIS_CONFIG_DIR", "")], Some("/x/portcullis"));
        #[cfg(not(target_os = "macos"))]
        check(&[("HOME", "/home/a")], Some("/home/a/.config/portcullis"));
    }
}
