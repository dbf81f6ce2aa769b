//! What MiniStack cannot show, whose stacks are made, changed and deleted at once: here CloudFormation takes its time,
//! refuses, and fails. `fake/aws` plays it, beside a `curl` that is always answered and a `sleep` that returns at once.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, from_str};
use tests::root;
use tests::tool::{Done, File};

use super::{FACTS, SCRIPT, stack, text};

const DENIED: &str =
    "An error occurred (AccessDenied) when calling the CreateStack operation: no right";
const EXISTS: &str = "An error occurred (AlreadyExistsException) when calling the CreateStack operation: there is one";
const RETRIED: &str = "An error occurred (ServiceUnavailable) when calling the CreateStack operation (reached max \
                       retries: 4): later";
const NO_UPDATE: &str =
    "An error occurred (ValidationError) when calling the UpdateStack operation: ";
const NO_READ: &str = "An error occurred (AccessDenied) when calling the GetFunctionConfiguration operation: no right";
const NO_DELETE: &str =
    "An error occurred (AccessDenied) when calling the DeleteStack operation: no right";

/// How CloudFormation behaves, in the variables of `fake/aws`.
type Course<'c> = &'c [(&'c str, &'c str)];

#[test]
fn however_it_ends_it_waits_until_the_stack_is_gone() {
    /// How often it asks for the deletion is `asked`.
    #[track_caller]
    fn check(course: Course, code: i32, err: &str, asked: usize) {
        let ended = asks(course, &["--yes"]);
        assert_eq!(ended.said(), (code, err), "{ended:?}");
        assert_eq!(
            (ended.states.as_str(), ended.count("delete-stack")),
            ("gone\n", asked),
            "{ended:?}"
        );
        assert!(
            ended.done.out.ends_with("Deleting the stack …\nThe stack is deleted.\n"),
            "{ended:?}"
        );
    }
    check(&[], 3, "", 1);
    check(&[("TERMINATES", "create-stack")], 143, "", 1);
    let failed = "the stack was not made (CREATE_FAILED): Role: no right";
    check(&[("CREATE", "CREATE_IN_PROGRESS CREATE_FAILED")], 1, failed, 1);
    // Refused as long as it is being changed.
    let update =
        "UPDATE_IN_PROGRESS UPDATE_IN_PROGRESS UPDATE_COMPLETE_CLEANUP_IN_PROGRESS UPDATE_COMPLETE";
    check(&[("TERMINATES", "update-stack"), ("UPDATE", update)], 143, "", 4);
    let rollback = "UPDATE_ROLLBACK_IN_PROGRESS ".repeat(3);
    let back = format!("UPDATE_IN_PROGRESS {rollback}UPDATE_ROLLBACK_COMPLETE");
    check(&[("UPDATE", &back)], 3, "", 2);
    // A request whose answer was lost.
    let create = |says| [("FAILS", "create-stack"), ("SAYS", says)];
    check(&create(EXISTS), 1, &format!("the stack was not made: {EXISTS}"), 1);
    check(&create(RETRIED), 1, &format!("the stack was not made: {RETRIED}"), 1);
}

#[test]
fn what_was_never_made_is_not_deleted() {
    let ended = asks(&[("FAILS", "create-stack"), ("SAYS", DENIED)], &["--yes"]);
    assert_eq!(ended.said(), (1, format!("the stack was not made: {DENIED}").as_str()));
    assert_eq!(ended.count("delete-stack"), 0);
}

#[test]
fn a_stack_that_stays_is_said() {
    #[track_caller]
    fn check(course: Course, expected: &str) {
        let course = [&[("TERMINATES", "create-stack")], course].concat();
        let ended = asks(&course, &["--yes"]);
        assert_eq!(ended.said(), (1, expected), "{ended:?}");
        assert!(ended.done.out.ends_with("Deleting the stack …\n"), "{ended:?}");
    }
    let failed = "the stack `STACK` is still there (DELETE_FAILED): delete it in the console";
    check(&[("DELETE", "DELETE_IN_PROGRESS DELETE_FAILED")], failed);
    let denied = "the stack `STACK` is still there (CREATE_COMPLETE): delete it in the console\n\
                  verify-on-aws: AWS says: no right";
    check(&[("FAILS", "delete-stack"), ("SAYS", NO_DELETE)], denied);
}

#[test]
fn a_change_that_fails_leaves_the_other_facts() {
    #[track_caller]
    fn check(course: Course, found: &str, verdict: &str) {
        let json = File::new("");
        let ended = asks(course, &["--yes", "--json", json.path()]);
        assert_eq!(ended.said(), (3, ""), "{ended:?}");
        assert!(ended.done.out.contains("What to change:"), "{ended:?}");
        let report: Value = from_str(&fs::read_to_string(json.path()).unwrap()).unwrap();
        let facts = report["facts"].as_array().unwrap();
        assert_eq!(facts.len(), FACTS);
        let last = facts.last().unwrap();
        assert_eq!(last["fact"], "stack: a changed parameter is served");
        assert_eq!((&last["found"], &last["verdict"]), (&found.into(), &verdict.into()));
    }
    check(&[], "second", "as expected");
    let long = format!("{NO_UPDATE}{}", "x".repeat(300));
    let shortened = format!("the stack was not changed: {}", "x".repeat(200));
    check(&[("FAILS", "update-stack"), ("SAYS", &long)], &shortened, "not seen");
    let back = [("UPDATE", "UPDATE_IN_PROGRESS UPDATE_ROLLBACK_COMPLETE")];
    let because = "the stack was not changed (UPDATE_ROLLBACK_COMPLETE): Role: no right";
    check(&back, because, "not seen");
    let read = [("FAILS", "get-function-configuration"), ("SAYS", NO_READ)];
    check(&read, "AWS does not say what the alias serves: no right", "not seen");
    let states = format!("{}UPDATE_COMPLETE", "UPDATE_IN_PROGRESS ".repeat(310));
    let late = "the stack is still in UPDATE_IN_PROGRESS after 600 seconds";
    check(&[("UPDATE", &states)], late, "not seen");
}

#[test]
fn a_profile_that_is_given_outweighs_the_environment() {
    #[track_caller]
    fn check(arguments: &[&str], identity: &str) {
        let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_DEFAULT_PROFILE", "default")];
        let ended = asks(&keys, arguments);
        assert_eq!(ended.said(), (1, "not asked: nothing was made"));
        let first = ended.done.out.lines().next();
        assert_eq!(first, Some(format!("Account and identity: {identity}").as_str()));
    }
    check(&[], "key");
    check(&["--profile", "given"], "given");
}

#[derive(Debug)]
struct Ended {
    done: Done,
    /// The states of the stack that were still to be seen.
    states: String,
    calls: String,
}

impl Ended {
    /// The exit code and the error, without the name of the program.
    fn said(&self) -> (i32, &str) {
        let err = self.done.err.trim_end();
        (self.done.code, err.strip_prefix("verify-on-aws: ").unwrap_or(err))
    }

    fn count(&self, call: &str) -> usize {
        self.calls.lines().filter(|own| *own == call).count()
    }
}

/// Runs the script with `fake/` first on the path.
fn asks(course: Course, arguments: &[&str]) -> Ended {
    let (states, calls) = (File::new("gone"), File::new(""));
    let fake = root().join("tests/suite/verify_on_aws/fake");
    let script = r#"PATH="$1:$PATH" && shift && exec "$@""#;
    let output = Command::new("sh")
        .args(["-c", script, "sh", fake.to_str().unwrap()])
        .arg(root().join(SCRIPT))
        .args(arguments)
        .envs([("STATES", states.path()), ("CALLS", calls.path()), ("AWS_REGION", "eu-central-1")])
        .envs(course.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let out = text(&output.stdout);
    let done = Done {
        code: output.status.code().unwrap(),
        err: text(&output.stderr).replace(stack(&out), "STACK"),
        out,
    };
    let read = |file: &File| fs::read_to_string(file.path()).unwrap();
    Ended { done, states: read(&states), calls: read(&calls) }
}
