//! What `sam build` calls gives the files of the zips.

use std::fs::{metadata, read};
use std::os::unix::fs::PermissionsExt as _;

use tests::tool::File;

use super::workshop::Workshop;
use super::{ARCH, package, unzipped};

#[test]
fn sam_gets_the_files_of_the_zips() {
    let table = ["access.toml", "access.toml.compiled", "bootstrap"];
    for (id, function, files) in [
        ("AnyAuthorizer", "authorizer-api-keys", &table[..]),
        ("TokenAuthorizer", "authorizer", &table[..]),
        ("WebhookAuthorizer", "webhook-authorizer", &table[2..]),
    ] {
        let workshop = Workshop::of_this_checkout(&[function]);
        assert_eq!(built(&workshop, id, &[]), files, "{id}");
        let zip = package(&format!("packages/{ARCH}/{function}.zip"));
        for file in files {
            let path = workshop.path("artifacts").join(file);
            assert!(read(&path).unwrap() == unzipped(&zip, file), "{id}: {file}");
            let mode = metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, if *file == "bootstrap" { 0o755 } else { 0o644 }, "{id}: {file}");
        }
    }
}

#[test]
fn a_seed_file_comes_with_an_authorizer() {
    let seed = File::new("{\"keys\": []}");
    let name = seed.path().rsplit('/').next().unwrap();
    let given = format!("JWKS_SEED={}", seed.path());
    for (id, function, has_it) in [
        ("TokenAuthorizer", "authorizer", true),
        ("WebhookAuthorizer", "webhook-authorizer", false),
    ] {
        let workshop = Workshop::of_this_checkout(&[function]);
        let files = built(&workshop, id, &[&given]);
        assert_eq!(files.iter().any(|file| file == name), has_it, "{id}");
        if has_it {
            assert_eq!(workshop.read(&format!("artifacts/{name}")), b"{\"keys\": []}");
        }
    }
}

/// The files that the step for `id` leaves, sorted.
#[track_caller]
fn built(workshop: &Workshop, id: &str, more: &[&str]) -> Vec<String> {
    let target = format!("build-{id}");
    let folder = format!("ARTIFACTS_DIR={}", workshop.path("artifacts").display());
    let architecture = format!("ARCH={ARCH}");
    let arguments = [&[target.as_str(), &folder, &architecture], more].concat();
    let done = workshop.make("infra", &arguments);
    assert_eq!(done.code, 0, "{done:?}");
    let entries = workshop.path("artifacts").read_dir().unwrap();
    let mut files: Vec<_> =
        entries.map(|own| own.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    files
}
