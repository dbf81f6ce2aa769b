//! What is in a package, and what is said of it.

use std::collections::BTreeSet;
use std::fs::read;
use std::process::Command;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use super::{ARCH, checkout, output, package, target, unzipped};

const FUNCTIONS: [&str; 3] = ["authorizer", "authorizer-api-keys", "webhook-authorizer"];

/// Another checkout, another target directory, the same bytes. Of what has not changed since it was built, cargo
/// takes its earlier work in both places; from nothing, both builds are whole.
#[test]
fn two_places_make_the_same_package() {
    for file in ["authorizer.zip", "authorizer.cdx.json"] {
        let (here, elsewhere) =
            (format!("packages/{ARCH}/{file}"), format!("elsewhere/{ARCH}/{file}"));
        assert!(read(package(&here)).unwrap() == read(package(&elsewhere)).unwrap(), "{file}");
    }
}

#[test]
fn a_package_has_these_files() {
    let table = ["access.toml 100644", "access.toml.compiled 100644", "bootstrap 100755"];
    for (function, files) in FUNCTIONS.iter().zip([&table[..], &table[..], &table[2..]]) {
        let script = "import sys, zipfile\n\
                      for own in zipfile.ZipFile(sys.argv[1]).infolist():\n    \
                      print(own.filename, f'{own.external_attr >> 16:o}', own.date_time)";
        let zip = package(&format!("packages/{ARCH}/{function}.zip"));
        let said = output(Command::new("python3").args(["-c", script]).arg(zip));
        let expected: Vec<_> =
            files.iter().map(|file| format!("{file} (1980, 1, 1, 0, 0, 0)\n")).collect();
        assert_eq!(String::from_utf8(said).unwrap(), expected.concat(), "{function}");
    }
}

/// What the binary says, read by the crate that `cargo audit` reads it with, is what cargo compiles for it.
#[test]
fn a_binary_lists_its_crates() {
    for function in FUNCTIONS {
        let of_package = function.trim_end_matches("-api-keys");
        assert_eq!(embedded(function).0, compiled(of_package), "{function}");
    }
    for absent in ["aws-sdk-dynamodb ", "aws-sdk-secretsmanager ", "reqwest ", "ring "] {
        let crates = embedded("authorizer-api-keys").0;
        assert!(!crates.iter().any(|own| own.starts_with(absent)), "{absent}");
    }
}

#[test]
fn a_bill_of_materials_says_what_its_binary_says() {
    for function in FUNCTIONS {
        let bill: Value = serde_json::from_slice(
            &read(package(&format!("packages/{ARCH}/{function}.cdx.json"))).unwrap(),
        )
        .unwrap();
        let (crates, for_the_build) = embedded(function);
        let components = bill["components"].as_array().unwrap();
        let mut listed = BTreeSet::new();
        for own in components {
            let name = named(own);
            assert_eq!(own["scope"] == "excluded", for_the_build.contains(&name), "{name}");
            assert!(own["licenses"][0]["expression"].is_string(), "{name}");
            listed.insert(name);
        }
        let root = &bill["metadata"]["component"];
        assert_eq!(root["name"], function);
        let name = function.trim_end_matches("-api-keys");
        listed.insert(format!("{name} {}", root["version"].as_str().unwrap()));
        assert_eq!(listed, crates, "{function}");
        assert_eq!(root["hashes"][0]["content"], sha256(&bootstrap(function)));
        assert_eq!(
            (&bill["bomFormat"], &bill["specVersion"]),
            (&"CycloneDX".into(), &"1.6".into())
        );
    }
}

#[test]
fn every_file_has_its_sum() {
    let sums = String::from_utf8(read(package("packages/SHA256SUMS")).unwrap()).unwrap();
    let mut files: Vec<_> = FUNCTIONS
        .iter()
        .flat_map(|own| [format!("{own}.cdx.json"), format!("{own}.zip")])
        .collect();
    files.sort_by_key(|file| format!("{ARCH}/{file}"));
    let lines = files.iter().map(|file| {
        let path = format!("{ARCH}/{file}");
        format!("{}  {path}\n", sha256(&read(package(&format!("packages/{path}"))).unwrap()))
    });
    assert_eq!(sums, lines.collect::<String>());
}

/// Neither where it was built, nor whose machine that was.
#[test]
#[expect(clippy::disallowed_methods, reason = "what must not be in a binary, not a setting")]
fn no_path_of_this_machine_is_in_a_binary() {
    let home = std::env::var("HOME").unwrap();
    let cargo = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
    let places = [checkout().display().to_string(), target().display().to_string(), home, cargo];
    for function in FUNCTIONS {
        let binary = bootstrap(function);
        for place in &places {
            let place = format!("{place}/");
            let is_there = binary.windows(place.len()).any(|own| own == place.as_bytes());
            assert!(!is_there, "{function}: {place}");
        }
    }
}

/// Its crates as `name version`: all of them, and those that only the build needs.
fn embedded(function: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let said = auditable_info::json_from_slice(&bootstrap(function), 8 << 20).unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    let (mut crates, mut for_the_build) = (BTreeSet::new(), BTreeSet::new());
    for own in said["packages"].as_array().unwrap() {
        let name = named(own);
        if own["kind"] == "build" {
            for_the_build.insert(name.clone());
        }
        crates.insert(name);
    }
    (crates, for_the_build)
}

/// `name version` of a crate, as both lists have them.
fn named(own: &Value) -> String {
    format!("{} {}", own["name"].as_str().unwrap(), own["version"].as_str().unwrap())
}

/// What cargo compiles for `package`, as `name version`.
fn compiled(package: &str) -> BTreeSet<String> {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let said = output(Command::new("cargo").current_dir(checkout()).args([
        "tree",
        "--locked",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--no-dedupe",
        "--package",
        package,
        "--target",
        &triple,
    ]));
    let lines = String::from_utf8(said).unwrap();
    let name = |line: &str| {
        let (name, rest) = line.split_once(" v").unwrap();
        format!("{name} {}", rest.split(' ').next().unwrap())
    };
    lines.lines().map(name).collect()
}

fn bootstrap(function: &str) -> Vec<u8> {
    unzipped(&package(&format!("packages/{ARCH}/{function}.zip")), "bootstrap")
}

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
