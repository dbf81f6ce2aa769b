//! The page about people says what the help says.

use super::administrator::Administrator;

const COMMANDS: [&str; 8] = [
    "admin invite-user",
    "admin list-users",
    "admin reset-password",
    "admin delete-user",
    "admin set-role",
    "client create",
    "client rotate",
    "client list",
];

#[test]
fn help_and_page_agree() {
    let page = std::fs::read_to_string(tests::root().join("docs/people.md")).unwrap();
    let anybody = Administrator::new();
    for name in COMMANDS {
        let words: Vec<&str> = name.split(' ').chain(["--help"]).collect();
        let help = anybody.does(&words).out;
        assert!(help.contains("\nExample:\n  portcullis "), "{help}");
        let heading = format!("### `portcullis {name}`\n");
        let (_, section) = page.split_once(&heading).unwrap_or_else(|| panic!("{heading}"));
        let section = section.split("\n### ").next().unwrap().split("\n## ").next().unwrap();
        assert_eq!(flags_of_page(section), flags_of_help(&help), "{name}");
    }
}

/// The flags in the first column of the table, without those that every command has.
fn flags_of_page(section: &str) -> Vec<&str> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `--"));
    let mut flags: Vec<&str> = rows.map(|row| row.split(['`', ' ', '=']).next().unwrap()).collect();
    flags.sort_unstable();
    flags
}

fn flags_of_help(help: &str) -> Vec<&str> {
    let lines = help.lines().map(str::trim_start);
    let names = lines.filter_map(|line| line.strip_prefix("--"));
    let names = names.map(|rest| rest.split([' ', '[']).next().unwrap());
    let mut flags: Vec<&str> =
        names.filter(|name| !["profile", "verbose", "aws-profile"].contains(name)).collect();
    flags.sort_unstable();
    flags
}
