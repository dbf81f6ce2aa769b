//! Cognito and CloudFormation, as MiniStack has them.

use tests::aws::Aws;
use tests::tool::Done;

use super::person::Person;

const ALICE: &str = "alice@example.com";

/// Somebody with AWS credentials.
pub(super) fn operator(aws: &Aws) -> Person {
    let settings = Aws::environment(aws.endpoint());
    settings.iter().fold(Person::new(), |person, (name, value)| person.with(name, value))
}

#[test]
fn from_an_invitation_to_a_token() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    aws.invite(&pool, ALICE, "Temporary1!!");
    let person = operator(&aws).configure_pool(&pool, &client, &[]);
    let done = person.log_in(ALICE, "Temporary1!!\nPortcullis3#\n");
    assert_eq!(done.code, 0, "{done:?}");
    let before = person.does(&["token"]).out;
    assert_eq!(person.does(&["whoami", "--json"]).json()["user"], ALICE);
    // MiniStack does not rotate.
    person.age(61);
    let refresh_token = person.credentials()["refresh_token"].clone();
    let done = person.does(&["token"]);
    assert!(done.code == 0 && done.out != before, "{done:?}");
    assert_eq!(person.credentials()["refresh_token"], refresh_token);

    let done = person.says(&["change-password"], "Portcullis3#\nPortcullis4#\n");
    done.is(0, "", "The password is changed.\n");
    assert_eq!(person.log_in(ALICE, "Portcullis3#\n").code, 3);
    assert_eq!(person.log_in(ALICE, "Portcullis4#\n").code, 0);
    let copy = person.credentials();
    person.does(&["logout"]).is(0, "", "Logged out.\n");
    person.write_credentials(&copy);
    person.age(61);
    let done = person.does(&["token"]);
    assert!(
        done.code == 3 && done.err.contains("has ended (Refresh Token has been revoked)"),
        "{done:?}"
    );
}

#[test]
fn what_does_not_exist() {
    let aws = Aws::of_the_tests();
    let (pool, client) = aws.create_user_pool();
    let person = operator(&aws).configure_pool(&pool, "1clientofanotherregion", &[]);
    let done = person.log_in(ALICE, "Portcullis1!");
    let sentence = "portcullis: the app client `1clientofanotherregion` does not exist in `eu-central-1`: the bundle is \
                    old, or of another region; ask the administrator for another, and paste it into \
                    `portcullis configure --from-bundle -`\n";
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
    let person = person.configure_pool(&pool, &client, &[]);
    let done = person.log_in(ALICE, "Portcullis1!");
    assert_eq!(done.code, 3, "{done:?}");
}

fn configure(aws: &Aws, arguments: &[&str]) -> (Person, Done) {
    let person = operator(aws);
    let done = person.does(&[&["configure", "--yes", "--stack-name"], arguments].concat());
    (person, done)
}

#[test]
fn the_outputs_of_a_stack() {
    let aws = Aws::of_the_tests();
    let outputs = [
        ("ApiUrl", "https://api.example.com/prod"),
        ("UserPoolId", "eu-central-1_AbCdEfGhI"),
        ("AppClientId", "1example23456789"),
    ];
    let name = aws.create_stack(&outputs);
    let (person, done) = configure(&aws, &[&name]);
    assert_eq!(done.code, 0, "{done:?}");
    let profile = std::fs::read_to_string(person.file("profile.json")).unwrap();
    let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
    let expected = serde_json::json!({
        "api_url": "https://api.example.com/prod",
        "region": "eu-central-1",
        "user_pool_id": "eu-central-1_AbCdEfGhI",
        "client_id": "1example23456789",
    });
    assert_eq!(profile, expected);
    // A domain of one's own counts in place of the output, and of an API that the stack did not make there is none.
    for outputs in [&outputs[..], &outputs[1..]] {
        let name = aws.create_stack(outputs);
        let (person, done) = configure(&aws, &[&name, "--api-url", "https://own.example.com"]);
        assert_eq!(done.code, 0, "{done:?}");
        let profile = std::fs::read_to_string(person.file("profile.json")).unwrap();
        assert!(profile.contains("\"api_url\": \"https://own.example.com\""), "{profile}");
    }

    let name = aws.create_stack(&outputs[..1]);
    let sentence = format!(
        "portcullis: the stack `{name}` has no output `UserPoolId`, `AppClientId`: is it the stack of the API?\n"
    );
    configure(&aws, &[&name]).1.is(1, "", &sentence);
    let sentence = "portcullis: there is no stack `none` in `eu-west-1`: look at its name, `--region` and \
                    `--aws-profile`\n";
    configure(&aws, &["none", "--region", "eu-west-1"]).1.is(1, "", sentence);
}

/// The SDK's default chain, without one link of it.
#[test]
fn nobody_has_credentials() {
    let person = Person::new().with("AWS_EC2_METADATA_DISABLED", "true");
    let stack = ["configure", "--yes", "--stack-name", "api", "--region", "eu-west-1"];
    let sentence = "portcullis: there are no credentials for AWS: set AWS_PROFILE, give `--aws-profile`, or try \
                    `aws sso login`\n";
    person.does(&stack).is(1, "", sentence);
    let sentence = "portcullis: the profile `ops` of AWS has no credentials that can be used: try \
                    `aws sso login --profile ops`\n";
    person.does(&[&stack[..], &["--aws-profile", "ops"]].concat()).is(1, "", sentence);
}

#[test]
fn credentials_of_a_profile() {
    let aws = Aws::of_the_tests();
    let name = aws.create_stack(&[("ApiUrl", "https://a.example")]);
    let config = "[profile ops]\nregion = eu-central-1\ncredential_process = echo '{\"Version\": 1, \
                  \"AccessKeyId\": \"AKIDOFAPROCESS\", \"SecretAccessKey\": \"test\"}'\n";
    let config = tests::tool::File::new(config);
    let person = Person::new()
        .with("AWS_CONFIG_FILE", config.path())
        .with("AWS_ENDPOINT_URL", aws.endpoint())
        .with("PATH", "/usr/bin:/bin");
    let ops = ["configure", "--yes", "--verbose", "--stack-name", &name, "--aws-profile", "ops"];
    let done = person.does(&ops);
    assert!(done.err.contains("\nAWS access key: AKID… (--aws-profile)\n"), "{done:?}");
    assert!(done.err.contains("has no output `UserPoolId`, `AppClientId`"), "{done:?}");
    let person = person.with("AWS_ENDPOINT_URL", "http://cloudformation.example.com");
    let sentence = "portcullis: `AWS_ENDPOINT_URL` is neither `https` nor `http` on loopback\n";
    let done = person.does(&ops);
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
}
