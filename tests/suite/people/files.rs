//! The files of a profile: for one user's eyes, and what is said of those that cannot be used.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

use local::pool::PASSWORD;

use super::VIEWER;
use super::person::Person;
use crate::dev::running::Running;

const REMEDY: &str = "remove it, and log in again: `portcullis login --username EMAIL`";

#[test]
fn nobody_else_can_read_them() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let mode = |name: &str| fs::metadata(person.file(name)).unwrap().mode() & 0o777;
    assert_eq!(mode(""), 0o700);
    for file in ["profile.json", "credentials.json", "lock"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    let done = person.does(&["token"]);
    // Somebody opened them.
    let open = |name: &str, mode| {
        fs::set_permissions(person.file(name), Permissions::from_mode(mode)).unwrap();
    };
    for (file, to) in [("credentials.json", 0o644), ("profile.json", 0o660)] {
        open(file, to);
        let said = format!("~/default/{file} could be read by others: now only you can read it\n");
        person.does(&["token"]).is(0, &done.out, &said);
        assert_eq!(mode(file), 0o600, "{file}");
    }
    open("", 0o755);
    let said = "~/default/profile.json could be read by others: now only you can read it\n";
    person.does(&["token"]).is(0, &done.out, said);
    assert_eq!(mode(""), 0o700);
    // Nothing is left of the files through which they were written.
    let names: Vec<_> = fs::read_dir(person.file("")).unwrap().collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn credentials_that_cannot_be_used() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let path = person.file("credentials.json");
    let whole = fs::read(&path).unwrap();
    let check = |problem: &str| {
        let sentence = format!("portcullis: ~/default/credentials.json {problem}: {REMEDY}\n");
        person.does(&["token"]).is(1, "", &sentence);
        // A login puts it right, unless something is in its place.
        person.does(&["logout", "--local"]);
    };
    person.write("credentials.json", &whole[..whole.len() / 2]);
    check("is damaged");
    assert!(!path.exists());
    person.write("credentials.json", b"");
    check("is damaged");
    person.write("credentials.json", b"[]");
    check("is damaged");
    person.write("credentials.json", &[b'x'; 300_000]);
    check("cannot be read: it is longer than 262144 bytes");
    fs::create_dir(&path).unwrap();
    check("cannot be read: it is no file");
    fs::remove_dir(&path).unwrap();
    let done = person.log_in(VIEWER, PASSWORD);
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn files_of_somebody_else() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let path = person.file("credentials.json");
    // Root can give the file away; anybody else can point to one of root's.
    let of = if chown(&path, Some(1), None).is_ok() {
        1
    } else {
        fs::remove_file(&path).unwrap();
        symlink("/etc/passwd", &path).unwrap();
        0
    };
    let problem = format!("cannot be read: it belongs to another user ({of})");
    let sentence = format!("portcullis: ~/default/credentials.json {problem}: {REMEDY}\n");
    person.does(&["token"]).is(1, "", &sentence);
}

#[test]
fn what_cannot_be_written() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    // A directory in its place.
    fs::create_dir(person.file("credentials.json")).unwrap();
    let done = person.log_in(VIEWER, PASSWORD);
    let sentence =
        "portcullis: ~/default/credentials.json cannot be written: Is a directory (os error 21)\n";
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
    fs::remove_file(person.file("lock")).unwrap();
    fs::create_dir(person.file("lock")).unwrap();
    let done = person.log_in(VIEWER, PASSWORD);
    let sentence = "portcullis: ~/default/lock cannot be locked: Is a directory (os error 21)\n";
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
    // A file in place of the directory.
    let person = Person::new();
    fs::write(person.directory(), "").unwrap();
    let done = person.does(&["token"]);
    let sentence = "~/default/profile.json cannot be read: Not a directory (os error 20): configure again: \
                    `portcullis configure --from-bundle -`";
    done.is(1, "", &format!("portcullis: {sentence}\n"));
    fs::remove_file(person.directory()).unwrap();
}

#[test]
fn a_profile_that_cannot_be_used() {
    let person = Person::configured("http://127.0.0.1:9");
    let path = person.file("profile.json");
    let whole = fs::read_to_string(&path).unwrap();
    let again = "configure again: `portcullis configure --from-bundle -`";
    let check = |text: &str, problem: &str| {
        person.write("profile.json", text.as_bytes());
        let sentence = format!("portcullis: ~/default/profile.json{problem}: {again}\n");
        person.does(&["whoami"]).is(1, "", &sentence);
    };
    check(&whole[..20], " is damaged");
    check(
        &whole.replace("https://", "http://"),
        ": `api_url` is `http://api.example.com`, which is neither `https` nor `http` on loopback",
    );
}

#[test]
fn where_they_lie() {
    let home = Person::new();
    let check = |settings: &[(&str, &str)], expected: &str| {
        let done = tests::tool::run(settings.iter().copied(), &["token", "--verbose"], "");
        assert!(done.code == 1 && done.err.starts_with(expected), "{done:?}");
    };
    let directory = home.directory();
    let config = format!("configuration: {directory}/portcullis (XDG_CONFIG_HOME)\n");
    check(&[("XDG_CONFIG_HOME", directory)], &config);
    check(
        &[("HOME", directory)],
        &format!("configuration: {directory}/.config/portcullis (HOME)\n"),
    );
    let nowhere =
        "portcullis: there is no directory for the configuration: set PORTCULLIS_CONFIG_DIR\n";
    check(&[], nowhere);
}
