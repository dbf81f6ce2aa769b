//! What is never packaged.

use std::fs::{create_dir_all, read_to_string, write};

use tests::tool::{Done, File};

use super::workshop::{Workshop, triple};
use super::{ARCH, OTHER_ARCH, checkout};

/// Fails unless `done` ended with `sentence`, and nothing was packaged.
#[track_caller]
fn check(workshop: &Workshop, done: &Done, sentence: &str) {
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.lines().any(|line| line == sentence), "{done:?}");
    workshop.has_no_package();
}

/// Nor is what an earlier run left taken for a package of this table.
#[test]
fn a_table_that_lint_refuses() {
    let table = read_to_string(checkout().join("infra/access.toml")).unwrap();
    let file = File::new(&table.replace("[gateway]\n", "[gateway]\ntypo = true\n"));
    let workshop = Workshop::new(&[]);
    let earlier = workshop.path(&format!("lambda/{ARCH}"));
    create_dir_all(&earlier).unwrap();
    write(earlier.join("authorizer.zip"), "").unwrap();
    let done = workshop.make(".", &["package", &format!("ACCESS={}", file.path())]);
    assert!(done.out.contains(": error PL101: unknown key `typo` in `gateway`"), "{done:?}");
    check(&workshop, &done, "package: the access table is refused, and nothing is packaged");
    let folder = format!("ARTIFACTS_DIR={}", workshop.path("artifacts").display());
    let done = workshop
        .make("infra", &["build-TokenAuthorizer", &folder, &format!("ACCESS={}", file.path())]);
    check(&workshop, &done, "package: the access table is refused, and nothing is packaged");
    assert!(!workshop.path("artifacts").exists());
}

/// Whoever has an API of their own says which template it has, or that it has none. What is given for the binary ends
/// the build then.
#[test]
fn a_table_of_another_api_than_the_sample() {
    let table = File::new(ORDERS);
    let template = File::new("Resources: {}\n");
    let access = format!("ACCESS={}", table.path());
    let architecture = format!("ARCH={ARCH}");
    let own = format!("API_TEMPLATE={}", template.path());
    let refused = "package: the access table is refused, and nothing is packaged";
    let taken = format!("package: the binary of `authorizer` is {OTHER_ARCH}, not {ARCH}");
    let no_authorizer = format!("{}:1: error PL902: ", template.path());
    let sample = "infra/template.yaml:";
    for (given, said, sentence) in [
        (None, sample, refused),
        (Some(own.as_str()), &no_authorizer, refused),
        (Some("API_TEMPLATE="), "0 errors, 0 warnings.", &taken),
    ] {
        let workshop = Workshop::new(&[("authorizer", &elf(OTHER_ARCH))]);
        let folder = format!("ARTIFACTS_DIR={}", workshop.path("artifacts").display());
        for (place, target) in [
            (".", ["package", "FUNCTIONS=authorizer"]),
            ("infra", ["build-TokenAuthorizer", folder.as_str()]),
        ] {
            let mut arguments = vec![access.as_str(), &architecture];
            arguments.extend(target.iter().chain(given.iter()));
            let done = workshop.make(place, &arguments);
            assert!(format!("{}{}", done.out, done.err).contains(said), "{given:?}: {done:?}");
            check(&workshop, &done, sentence);
        }
    }
}

#[test]
fn a_binary_of_another_architecture() {
    let other = elf(OTHER_ARCH);
    for (binary, is) in [(&other[..], OTHER_ARCH), (b"#!/bin/sh\n", "no 64-bit ELF file")] {
        let workshop = Workshop::new(&[("authorizer", binary)]);
        let sentence = format!("package: the binary of `authorizer` is {is}, not {ARCH}");
        let architecture = format!("ARCH={ARCH}");
        let done = workshop.make(".", &["package", "FUNCTIONS=authorizer", &architecture]);
        check(&workshop, &done, &sentence);
        let folder = format!("ARTIFACTS_DIR={}", workshop.path("artifacts").display());
        let done = workshop.make("infra", &["build-TokenAuthorizer", &folder, &architecture]);
        check(&workshop, &done, &sentence);
        assert!(!workshop.path("artifacts/bootstrap").exists());
    }
}

/// Built without `cargo auditable`: nobody could say what is in it.
#[test]
fn a_binary_without_a_list_of_its_crates() {
    let workshop = Workshop::new(&[("authorizer", &elf(ARCH))]);
    let done = workshop.make(".", &["package", "FUNCTIONS=authorizer", &format!("ARCH={ARCH}")]);
    check(&workshop, &done, "package: a binary has no list of its crates: no section `.dep-v0`");
}

#[test]
fn an_architecture_that_lambda_does_not_have() {
    let workshop = Workshop::new(&[]);
    let done = workshop.make(".", &["package", "ARCH=aarch64"]);
    let sentence = "package: error: `aarch64` is no architecture of Lambda: arm64 or x86_64";
    check(&workshop, &done, sentence);
}

/// Asked for, it is an error; otherwise it is said, and the other is packaged.
#[test]
fn an_architecture_that_the_toolchain_does_not_have() {
    let workshop = Workshop::of_this_checkout(&["authorizer"]);
    workshop.without_other_architecture();
    let triple = triple(OTHER_ARCH);
    let sentence = format!(
        "package: {OTHER_ARCH} cannot be built here: the Rust toolchain has no target `{triple}`, and rustup could \
         not add it (error: no network); run `rustup target add {triple}` with a network"
    );
    let both = format!("ARCH={ARCH} {OTHER_ARCH}");
    let done = workshop.make(".", &["package", "FUNCTIONS=authorizer", &both]);
    check(&workshop, &done, &sentence);
    let done = workshop.make(".", &["package", "FUNCTIONS=authorizer"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.lines().any(|line| line == sentence), "{done:?}");
    assert!(workshop.path(&format!("lambda/{ARCH}/authorizer.zip")).exists());
    assert!(!workshop.path(&format!("lambda/{OTHER_ARCH}")).exists());
}

#[test]
fn a_date_that_is_none() {
    let workshop = Workshop::of_this_checkout(&["authorizer"]);
    for (date, sentence) in [
        ("yesterday", "package: `SOURCE_DATE_EPOCH` is `yesterday`, which is no number of seconds"),
        ("1", "package: `SOURCE_DATE_EPOCH` is not between 1980 and 2107, as a zip needs it"),
    ] {
        let date = format!("SOURCE_DATE_EPOCH={date}");
        let architecture = format!("ARCH={ARCH}");
        let done = workshop.make(".", &["package", "FUNCTIONS=authorizer", &architecture, &date]);
        check(&workshop, &done, sentence);
    }
}

const ORDERS: &str = r#"
modules = ["orders"]
[gateway]
routes = "closed"
resource_policy = "none"
policy = "caller"
[roles.viewer]
grants = ["read:orders"]
[[routes]]
path = "/orders"
GET = "read:orders"
"#;

/// The header of an ELF file for `architecture`, and nothing behind it.
fn elf(architecture: &str) -> Vec<u8> {
    let mut header = [0; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    header[18] = if architecture == "arm64" { 183 } else { 62 };
    header.to_vec()
}
