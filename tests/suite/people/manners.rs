//! What everybody expects of a command: pipes that close, completions, help that is true.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::person::Person;
use crate::dev::running::Running;

/// The commands of this part, as the help lists them.
const COMMANDS: [&str; 7] =
    ["change-password", "completions", "configure", "login", "logout", "token", "whoami"];

#[test]
fn a_closed_pipe_is_no_error() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    for arguments in [&["token"][..], &["whoami"], &["completions", "bash"], &["token", "--help"]] {
        let mut child = person.starts(arguments);
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}

#[test]
fn completions_that_bash_loads() {
    let script = Person::new().does(&["completions", "bash"]).out;
    // What is offered after `portcullis lo`.
    let asked = "\nCOMP_WORDS=(portcullis lo); COMP_CWORD=1; _portcullis portcullis lo portcullis\n\
                 echo \"${COMPREPLY[@]}\"\n";
    let mut bash = Command::new("bash")
        .args(["--noprofile", "--norc"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin.take().unwrap().write_all((script + asked).as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "login logout\n");
}

#[test]
fn completions_for_other_shells() {
    let person = Person::new();
    let check = |shell: &str, first: &str| {
        let done = person.does(&["completions", shell]);
        assert!(done.code == 0 && done.out.starts_with(first), "{done:?}");
        assert!(COMMANDS.iter().all(|name| done.out.contains(name)), "{shell}");
    };
    check("zsh", "#compdef portcullis\n");
    check("fish", "# Print an optspec");
    assert_eq!(person.does(&["completions", "tcsh"]).code, 2);
}

/// The page names every command and every flag of the help, and no other.
#[test]
fn help_and_page_agree() {
    let page = std::fs::read_to_string(tests::root().join("docs/command-line.md")).unwrap();
    let person = Person::new();
    let help = person.does(&["--help"]).out;
    for name in COMMANDS {
        assert!(help.contains(&format!("\n  {name} ")), "{name}: {help}");
        let own = person.does(&[name, "--help"]).out;
        assert!(own.contains("\nExample:\n  ") && own.contains("portcullis "), "{own}");
        assert!(own.contains("\nExit codes:\n  0  done\n"), "{own}");
        let heading = format!("## `portcullis {name}`\n");
        let (_, section) = page.split_once(&heading).unwrap_or_else(|| panic!("{heading}"));
        let section = section.split("\n## ").next().unwrap();
        assert_eq!(flags_of_page(section), flags_of_help(&own), "{name}");
    }
}

/// The flags in the first column of the tables of `section`, without those that every command has.
fn flags_of_page(section: &str) -> Vec<&str> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `--"));
    let mut flags: Vec<&str> = rows.map(|row| row.split(['`', ' ']).next().unwrap()).collect();
    flags.sort_unstable();
    flags
}

fn flags_of_help(help: &str) -> Vec<&str> {
    let lines = help.lines().map(str::trim_start);
    let names =
        lines.filter_map(|line| line.strip_prefix("-h, ").unwrap_or(line).strip_prefix("--"));
    let names = names.map(|rest| rest.split(' ').next().unwrap());
    let mut flags: Vec<&str> =
        names.filter(|name| !["help", "profile", "verbose"].contains(name)).collect();
    flags.sort_unstable();
    flags
}
