//! What everybody expects of a command: pipes that close, completions, help that is true.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tests::tool::File;

use super::person::Person;
use crate::dev::running::Running;

/// The commands of this part, as the help lists them.
const COMMANDS: [&str; 7] =
    ["change-password", "completions", "configure", "login", "logout", "token", "whoami"];

#[test]
fn a_closed_pipe_is_no_error() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let check = |arguments: &[&str], code: i32| {
        let mut child = person.starts(arguments);
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let left = (output.status.code(), output.stderr);
        assert_eq!(left, (Some(code), Vec::new()), "{arguments:?}");
    };
    check(&["token"], 0);
    check(&["whoami"], 0);
    check(&["completions", "bash"], 0);
    check(&["token", "--help"], 0);
    // A "no" stays one.
    check(&["explain", "GET", "/api/admin/itsm", "--role", "viewer"], 3);
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

/// What `shell` says to `script`, which has loaded the completions from the file `$1`.
fn of_shell(shell: &str, arguments: &[&str], script: &str) -> String {
    let file = File::new(&Person::new().does(&["completions", shell]).out);
    let output =
        Command::new(shell).args(arguments).args(["-c", script, file.path(), file.path()]).output();
    let output = output.unwrap_or_else(|error| panic!("`make shells` installs {shell}: {error}"));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn completions_that_zsh_loads() {
    let script = "autoload -U compinit && compinit -D && source $1 && print $_comps[portcullis]";
    assert_eq!(of_shell("zsh", &["-f"], script), "_portcullis\n");
}

#[test]
fn completions_that_fish_loads() {
    let script = "source $argv[1]; complete -C 'portcullis lo'";
    let offered = of_shell("fish", &["--no-config"], script);
    let names: Vec<&str> = offered.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, ["login", "logout"], "{offered}");
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

/// Each sentence of the page's last table is one that the tool can say.
#[test]
fn what_the_page_explains_can_be_said() {
    let page = std::fs::read_to_string(tests::root().join("docs/command-line.md")).unwrap();
    let (_, table) = page.split_once("| it says | what to do |").unwrap();
    let said = sources(&tests::root().join("cli/src"));
    // The last row is of the API.
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ")).collect();
    for row in &rows[..rows.len() - 1] {
        let sentence = row.trim_start_matches("| ").split(" | ").next().unwrap();
        for part in sentence.split('…').map(|part| part.trim().trim_start_matches(", ")) {
            assert!(said.contains(part), "`{part}` of `{sentence}`");
        }
    }
}

/// All text of the source files in `folder`, as the tool would write it: texts of several lines in one.
fn sources(folder: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            all.push_str(&sources(&entry));
            continue;
        }
        let text = std::fs::read_to_string(entry).unwrap();
        let lines = text.split("\\\n");
        all.push_str(&lines.map(str::trim_start).collect::<String>());
    }
    all
}

/// No token is shown to anybody but standard output.
#[test]
fn no_secret_is_told() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    let login = ["login", "--username", super::VIEWER, "--verbose"];
    let mut told = person.says(&login, local::pool::PASSWORD).err;
    let kept = person.credentials();
    for command in ["token", "whoami", "change-password", "logout"] {
        person.age(61);
        let done = person.says(&[command, "--verbose"], local::pool::PASSWORD);
        told.push_str(&done.err);
        if command != "token" {
            told.push_str(&done.out);
        }
    }
    for secret in ["id_token", "access_token", "refresh_token"] {
        assert!(!told.contains(kept[secret].as_str().unwrap()), "{secret}: {told}");
    }
    assert!(!told.contains("eyJ") && !told.contains(local::pool::PASSWORD), "{told}");
}

/// The flags in the first column of the tables of `section`, without those that every command has.
/// Where a page shows commands as they are typed, it names each flag of the help somewhere.
#[test]
fn help_and_pages_agree() {
    let person = Person::new();
    let check = |file: &str, heading: &str, command: &[&str]| {
        let page = std::fs::read_to_string(tests::root().join(file)).unwrap();
        let (_, section) = page.split_once(&format!("\n{heading}\n")).expect(heading);
        let section = section.split("\n## ").next().unwrap();
        let help = person.does(&[command, &["--help"]].concat()).out;
        // A flag of a description is called like its member.
        let is_member = |flag: &str| page.contains(&format!("`{}`", flag.replace('-', "_")));
        let mut flags = flags_of_help(&help);
        flags.retain(|flag| !section.contains(&format!("--{flag}")) && !is_member(flag));
        assert_eq!(flags, [""; 0], "{file} {command:?}");
    };
    check("docs/command-line.md", "## `portcullis doctor`", &["doctor"]);
    for name in ["create", "list", "show", "rotate", "revoke", "test", "forget"] {
        check("docs/webhooks.md", "## `portcullis webhook`", &["webhook", name]);
    }
}

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
