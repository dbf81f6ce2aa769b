//! What AWS can refuse, and what is said of it.

use tests::aws::Aws;
use tests::scripted_cognito::ScriptedCognito;

use super::administrator::Administrator;

const LIST: [&str; 2] = ["admin", "list-users"];

#[track_caller]
fn check(code: &'static str, message: &'static str, sentence: &str) {
    let cognito = ScriptedCognito::failing(code, message);
    let administrator = Administrator::of_dev(&cognito.url());
    administrator.refuses(&LIST, 1, &[sentence]);
    administrator.refuses(
        &["client", "list"],
        1,
        &[&sentence.replace("for the users", "for the app clients")],
    );
}

#[test]
fn refusals() {
    check(
        "ResourceNotFoundException",
        "User pool local-1_PortcullisDev does not exist.",
        "there is no user pool `local-1_PortcullisDev` in `local-1` of this AWS account: look at `--profile` and \
         `--aws-profile`",
    );
    for code in ["TooManyRequestsException", "ThrottlingException", "LimitExceededException"] {
        let busy = "Cognito gets too many requests at the moment: wait a minute, and try again";
        check(code, "Rate exceeded", busy);
    }
    check(
        "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: cognito-idp:ListUsers",
        "Cognito could not be asked for the users: the credentials have no right to it: ask for the right, or look at \
         `--aws-profile` (AccessDeniedException: User: arn:aws:iam::123456789012:user/bob is not authorized to \
         perform: cognito-idp:ListUsers)",
    );
    check(
        "ExpiredTokenException",
        "The security token included in the request is expired",
        "Cognito could not be asked for the users: the credentials have expired: try `aws sso login` \
         (ExpiredTokenException)",
    );
    check(
        "InternalErrorException",
        "Something\u{1b}[2J went wrong",
        "Cognito could not be asked for the users: InternalErrorException: Something\\u{1b}[2J went wrong",
    );
}

#[test]
fn a_pool_that_does_not_exist() {
    let aws = Aws::of_the_tests();
    let pool = ("eu-central-1_NoSuchPool".to_owned(), "1example23456789".to_owned());
    let administrator = Administrator::of_pool(aws.endpoint(), &pool);
    let sentence = "there is no user pool `eu-central-1_NoSuchPool` in `eu-central-1` of this AWS account: look at \
                    `--profile` and `--aws-profile`";
    administrator.refuses(&LIST, 1, &[sentence]);
    let invite =
        ["admin", "invite-user", "alice@example.com", "--role", "viewer", "--tenant", "acme"];
    administrator.refuses(&invite, 1, &[sentence]);
}

#[test]
fn a_pool_without_the_attributes() {
    let message = "Attributes did not conform to the schema: custom:role: Attribute does not exist in the schema.\n";
    let cognito = ScriptedCognito::failing("InvalidParameterException", message);
    let administrator = Administrator::of_dev(&cognito.url());
    let invite =
        ["admin", "invite-user", "alice@example.com", "--role", "viewer", "--tenant", "acme"];
    let done = administrator.does(&invite);
    let start = "portcullis: the user pool `local-1_PortcullisDev` lacks an attribute (Attributes did not conform";
    assert!(done.code == 1 && done.err.starts_with(start), "{done:?}");
    let end = "it needs `custom:role` and `custom:tenant_id`\n";
    assert!(done.err.ends_with(end), "{done:?}");
}

#[test]
fn a_policy_that_wants_more() {
    let message = "Password did not conform with policy: Password not long enough";
    let cognito = ScriptedCognito::failing("InvalidPasswordException", message);
    let administrator = Administrator::of_dev(&cognito.url());
    let invite =
        ["admin", "invite-user", "alice@example.com", "--role", "viewer", "--tenant", "acme"];
    let sentence = "the password policy of the user pool takes no generated password: Password not long enough";
    administrator.refuses(&invite, 1, &[sentence]);
}

#[test]
fn nobody_answers() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let administrator = Administrator::of_dev(&format!("http://127.0.0.1:{port}"));
    let invite =
        ["admin", "invite-user", "alice@example.com", "--role", "viewer", "--tenant", "acme"];
    let unreachable = "Cognito could not be asked to make the user `alice@example.com`: it cannot be reached: look at \
                       the network, and at HTTPS_PROXY";
    let open = "whether the user was made is not known: look with `portcullis admin list-users`";
    administrator.refuses(&invite, 1, &[unreachable, open]);
}

#[test]
fn no_credentials_and_no_profile() {
    let cognito = ScriptedCognito::failing("InternalErrorException", "");
    let administrator = Administrator::of_dev(&cognito.url())
        .with("AWS_ACCESS_KEY_ID", "")
        .with("AWS_SECRET_ACCESS_KEY", "")
        .with("AWS_EC2_METADATA_DISABLED", "true");
    let sentence = "there are no credentials for AWS: set AWS_PROFILE, give `--aws-profile`, or try `aws sso login`";
    administrator.refuses(&LIST, 1, &[sentence]);
    let sentence = "the profile `default` is not configured: ask an administrator for a bundle, and paste it into \
                    `portcullis configure --from-bundle -`";
    Administrator::new().refuses(&LIST, 1, &[sentence]);
    assert_eq!(cognito.operations(), [""; 0]);
}
