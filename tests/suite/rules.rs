//! The rules of the project, as tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use authorizer::config::SETTINGS as OF_AUTHORIZER;
use shared::denial::Code;
use tests::root;
use webhook_authorizer::config::SETTINGS as OF_WEBHOOK_AUTHORIZER;

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn dependencies(manifest: &str) -> Vec<String> {
    let text = text(manifest);
    let (_, table) = text.split_once("[dependencies]\n").unwrap();
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once(['.', ' '])).map(|(name, _)| name.to_owned()).collect()
}

/// Whatever could reach a network, a clock or a file would have to stand here first.
#[test]
fn the_policy_crate_cannot_do_io() {
    assert_eq!(
        dependencies("shared/Cargo.toml"),
        [
            "aws-lc-rs",
            "base64",
            "crc32fast",
            "ipnet",
            "regex-automata",
            "serde",
            "serde_json",
            "sfv",
            "toml",
            "zeroize"
        ]
    );
    for file in sources("shared/src") {
        let text = text(&file);
        for word in
            ["std::fs", "std::net", "std::env", "std::process", "Instant", "SystemTime", "async "]
        {
            assert!(!text.contains(word), "{file} has `{word}`");
        }
    }
}

#[test]
fn the_clock_and_the_environment_are_read_by_the_binary_alone() {
    for file in
        ["authorizer/src", "webhook-authorizer/src", "shell/src"].into_iter().flat_map(sources)
    {
        let at_start = ["/start.rs", "/local.rs", "shell/src/clock.rs"];
        // What no release build has.
        let is_local = file.contains("/local/");
        if is_local || at_start.iter().any(|own| file.ends_with(own)) {
            continue;
        }
        let text = text(&file);
        for word in ["SystemTime", "Instant::now", "std::env", "std::fs"] {
            assert!(!text.contains(word), "{file} has `{word}`");
        }
    }
}

#[test]
fn only_the_request_is_read_from_json_and_only_the_response_is_written() {
    for file in ["identity", "decision", "denial", "secret", "credential", "access"] {
        let text = text(&format!("shared/src/{file}.rs"));
        assert!(!text.contains("serde"), "{file}.rs");
    }
}

#[test]
fn every_setting_and_every_code_is_in_the_readme() {
    let readme = text("README.md");
    let settings: BTreeSet<&str> = OF_AUTHORIZER.into_iter().chain(OF_WEBHOOK_AUTHORIZER).collect();
    for name in &settings {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
    for code in Code::ALL {
        assert!(readme.contains(&format!("| {code} | {} |", code.status())), "{code}");
    }
    let documented = readme.lines().filter(|line| line.starts_with("| `") && line.contains("` |"));
    let rows = documented.filter_map(|line| line.split('`').nth(1)).filter(|name| is_setting(name));
    assert_eq!(
        rows.collect::<BTreeSet<_>>(),
        settings,
        "the README has a setting that does not exist"
    );
}

fn is_setting(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

#[test]
fn every_word_of_the_tree_is_in_architecture() {
    let architecture = text("ARCHITECTURE.md");
    for file in ["shared/src", "shell/src", "authorizer/src", "webhook-authorizer/src"]
        .into_iter()
        .flat_map(sources)
    {
        let name = file.rsplit('/').next().unwrap();
        if file.matches('/').count() == 2 {
            assert!(architecture.contains(name), "{file}");
        }
    }
}

#[test]
fn no_private_key_is_in_the_repository() {
    for folder in
        ["events", "infra", "shared", "shell", "authorizer", "webhook-authorizer", "tests", "fuzz"]
    {
        for file in files(folder) {
            let bytes = fs::read(root().join(&file)).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let marker = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
            let private =
                text.contains(&marker) || text.contains(&["BEGIN RSA", " PRIVATE"].concat());
            assert!(!private, "{file}");
        }
    }
}

fn sources(folder: &str) -> Vec<String> {
    files(folder).into_iter().filter(|file| file.ends_with(".rs")).collect()
}

fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root().join(&folder)) else { continue };
        for entry in entries {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = format!("{folder}/{name}");
            if Path::new(&root().join(&path)).is_dir() {
                if name != "target" {
                    folders.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty() || folder == "fuzz", "{folder} is empty");
    found
}
