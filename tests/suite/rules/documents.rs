//! Documents say what the code does: codes, settings, files and links.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use adapters::dynamodb::{replays, webhooks};
use adapters::{lambda, postgres, secrets_manager};
use authorizer::config::SETTINGS as OF_AUTHORIZER;
use shared::denial::Code;
use tests::root;
use webhook_authorizer::config::SETTINGS as OF_WEBHOOK_AUTHORIZER;

use super::source::{crates, files, text};

/// Longer than that, and nobody reads it to its end.
const README_BYTES: usize = 10 * 1024;

#[test]
fn the_readme_can_be_read_to_its_end() {
    let bytes = text("README.md").len();
    assert!(bytes <= README_BYTES, "{bytes} bytes");
}

#[test]
fn every_code_is_in_the_readme() {
    let readme = text("README.md");
    for code in Code::ALL {
        assert!(readme.contains(&format!("| {code} | {} |", code.status())), "{code}");
    }
}

#[test]
fn every_setting_is_documented_and_no_other() {
    let settings: BTreeSet<&str> = OF_AUTHORIZER.into_iter().chain(OF_WEBHOOK_AUTHORIZER).collect();
    let document = text("docs/settings.md");
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let documented: BTreeSet<&str> = rows.filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(documented, settings);
}

#[test]
fn every_right_is_documented_and_no_other() {
    let needed = [
        postgres::IAM_ACTIONS,
        secrets_manager::IAM_ACTIONS,
        webhooks::IAM_ACTIONS,
        replays::IAM_ACTIONS,
        lambda::IAM_ACTIONS,
    ];
    let needed: BTreeSet<&str> = needed.into_iter().flatten().copied().collect();
    let document = text("docs/deploying.md");
    let section =
        document.split("\n## ").find(|own| own.starts_with("Permissions in AWS")).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let documented: BTreeSet<&str> = rows.flat_map(|row| row.split(['`', ',', ' '])).collect();
    assert_eq!(
        documented.into_iter().filter(|word| !word.is_empty()).collect::<BTreeSet<_>>(),
        needed
    );
}

/// A newcomer finds every file and folder directly under a crate's `src` in the code map.
#[test]
fn the_code_map_has_every_room() {
    let map = text("ARCHITECTURE.md");
    for own in crates() {
        let source = format!("{}/src/", own.folder);
        for file in files(&format!("{}/src", own.folder)) {
            let path = file.strip_prefix(&source).unwrap();
            let room = path.split_once('/').map_or(path.to_owned(), |(room, _)| format!("{room}/"));
            assert!(map.contains(&format!("`{room}`")), "{file}: `{room}` is not in the code map");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for file in files("").into_iter().filter(|file| file.ends_with(".md")) {
        for link in links(&text(&file)) {
            check_link(&file, &link);
        }
    }
}

#[track_caller]
fn check_link(file: &str, link: &str) {
    if link.contains("://") {
        assert!(link.starts_with("https://"), "{file}: {link}");
        return;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => PathBuf::from(file),
        path => normal(&Path::new(file).parent().unwrap().join(path)),
    };
    assert!(root().join(&target).exists(), "{file}: `{link}` leads nowhere");
    if !anchor.is_empty() {
        let headings = headings(&text(target.to_str().unwrap()));
        assert!(headings.iter().any(|own| own == anchor), "{file}: `{link}`: no such heading");
    }
}

/// What stands in the parentheses of `[…](…)`, outside of code.
fn links(document: &str) -> Vec<String> {
    let prose = prose(document).join("\n");
    let after = prose.split("](").skip(1);
    after.filter_map(|rest| rest.split_once(')')).map(|(link, _)| link.to_owned()).collect()
}

/// The anchors that GitHub makes of the headings of `document`.
fn headings(document: &str) -> Vec<String> {
    let lines = prose(document).into_iter().filter(|line| line.starts_with('#'));
    lines
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

fn prose(document: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut prose = document.lines().collect::<Vec<_>>();
    prose.retain(|line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    prose
}

/// `path` without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => assert!(normal.pop(), "{} leads out", path.display()),
            component => normal.push(component),
        }
    }
    normal
}

#[test]
fn no_private_key_is_in_the_repository() {
    let markers =
        [["-----BEGIN ", "PRIVATE KEY-----"].concat(), ["BEGIN RSA", " PRIVATE"].concat()];
    for file in files("") {
        let bytes = std::fs::read(root().join(&file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!markers.iter().any(|marker| text.contains(marker)), "{file}");
    }
}
