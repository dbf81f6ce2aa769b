//! `infra/verify-on-aws.sh`, which asks an AWS account what only an account can tell: here it asks MiniStack.

mod fake;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, from_str};
use tests::aws::Aws;
use tests::root;
use tests::tool::File;

const SCRIPT: &str = "infra/verify-on-aws.sh";
/// How many facts it asks for.
const FACTS: usize = 33;

/// Where MiniStack does otherwise than Portcullis expects of API Gateway, and what it does.
const DIFFERENCES: [(&str, &str); 11] = [
    ("rest: context by template", "no template (200)"),
    ("rest: two values, query", "the first"),
    ("rest: context.path is in the key", "answers 401"),
    ("http: two values, query", "the first"),
    ("rest: aws:CurrentTime", "200 200"),
    ("rest: NotResource", "403 403"),
    ("rest: Condition in a Deny", "403 403"),
    ("rest: a resource that is not ASCII", "letters 200, escapes 403"),
    ("rest: context in a 403", "403 $context.authorizer.value"),
    ("rest: no match, resource policy allows", "403"),
    ("stack: a changed parameter is served", "first"),
];

#[test]
fn it_asks_says_what_is_otherwise_and_leaves_nothing_behind() {
    let (aws, json) = (Aws::of_stacks(), File::new(""));
    let asked = verify(&aws, &["--yes", "--json", json.path()]);
    let out = text(&asked.stdout);
    assert_eq!((asked.status.code(), text(&asked.stderr)), (Some(3), String::new()), "{out}");

    let report: Value = from_str(&fs::read_to_string(json.path()).unwrap()).unwrap();
    let facts = report["facts"].as_array().unwrap();
    assert_eq!(facts.len(), FACTS);
    let otherwise = facts.iter().filter(|fact| fact["verdict"] != "as expected");
    let found: Vec<_> = otherwise
        .map(|fact| (fact["fact"].as_str().unwrap(), fact["found"].as_str().unwrap()))
        .collect();
    assert_eq!(found, DIFFERENCES);

    for fact in facts {
        for file in files(fact["change"].as_str().unwrap()) {
            assert!(root().join(file).exists(), "{fact}");
        }
    }
    assert!(out.ends_with("The stack is deleted.\n"), "{out}");
    assert!(aws.stack(stack(&out)).is_none());
}

#[test]
fn without_a_yes_nothing_is_made() {
    let aws = Aws::of_stacks();
    let asked = verify(&aws, &[]);
    assert_eq!(asked.status.code(), Some(1));
    assert_eq!(text(&asked.stderr), "verify-on-aws: not asked: nothing was made\n");
    assert!(aws.stack(stack(&text(&asked.stdout))).is_none());
}

#[test]
fn whoever_ends_it_leaves_nothing_behind() {
    let aws = Aws::of_stacks();
    let mut command = asks(&aws, &["--yes"]);
    let mut asking = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut out, mut said) = (BufReader::new(asking.stdout.take().unwrap()), String::new());
    while !said.contains("Asking the rest API") {
        assert_ne!(out.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let ended = Command::new("kill").arg(asking.id().to_string()).status().unwrap();
    assert!(ended.success());
    out.read_to_string(&mut said).unwrap();
    assert_eq!(asking.wait().unwrap().code(), Some(143), "{said}");
    assert!(aws.stack(stack(&said)).is_none());
}

#[test]
fn what_is_missing_is_said() {
    #[track_caller]
    fn check(command: &mut Command, code: i32, expected: &str) {
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = (output.status.code(), text(&output.stderr));
        assert_eq!(said, (Some(code), format!("verify-on-aws: {expected}\n")));
    }
    let aws = Aws::of_stacks();
    let asks = |arguments: &[&str]| asks(&aws, arguments);
    check(&mut asks(&["--nothing"]), 2, "there is no option `--nothing`: see --help");
    check(&mut asks(&["--json"]), 2, "`--json` needs a value: see --help");
    let nowhere = &mut asks(&["--json", "/nowhere/file"]);
    check(nowhere, 2, "`/nowhere/file` cannot be written: see --help");
    let region = "the AWS CLI has no region: give --region";
    check(asks(&["--yes"]).env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION"), 1, region);
    let credentials = "AWS does not say who asks: Unable to locate credentials. You can configure credentials by \
                       running \"aws configure\".";
    let nobody = &mut asks(&["--yes"]);
    nobody.env_remove("AWS_ACCESS_KEY_ID").env("AWS_EC2_METADATA_DISABLED", "true");
    check(nobody, 1, credentials);
    let mut without = Command::new("/bin/bash");
    without.arg(root().join(SCRIPT)).env("PATH", "/nowhere");
    check(&mut without, 1, "there is no `aws` on the path: install the AWS CLI");
}

fn verify(aws: &Aws, arguments: &[&str]) -> Output {
    asks(aws, arguments).stdin(Stdio::null()).output().unwrap()
}

fn asks(aws: &Aws, arguments: &[&str]) -> Command {
    let script = root().join(SCRIPT);
    let mut command = aws.command(script.to_str().unwrap());
    let form = format!("{}/_aws/execute-api/{{api}}/{{stage}}", aws.endpoint());
    command.args(["--invoke-url", &form]).args(arguments);
    command
}

/// The name of the stack that it says it makes.
fn stack(said: &str) -> &str {
    said.split('`').find(|text| text.starts_with("portcullis-verify-")).unwrap()
}

/// What of the sentence is a file or a folder of the repository.
fn files(change: &str) -> impl Iterator<Item = &str> {
    let words = change.split([' ', ':', ';']);
    words.filter(|word| word.contains('/') || word.ends_with(".md"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
