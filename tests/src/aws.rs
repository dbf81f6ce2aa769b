//! DynamoDB, Secrets Manager, Lambda, Cognito and CloudFormation as the tests set them up: MiniStack, reached with the SDK's
//! own clients. `tests/with_services.py` starts it.
//!
//! Tests run side by side against one MiniStack, in processes of their own: every name is unique.

mod people;
mod stacks;

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_cognitoidentityprovider::types::{
    AdminCreateUserConfigType, AttributeDataType, AttributeType, ExplicitAuthFlowsType,
    MessageActionType, OAuthFlowType, PasswordPolicyType, SchemaAttributeType, TimeUnitsType,
    TokenValidityUnitsType, UserPoolPolicyType, UsernameAttributeType,
};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, Projection, ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime as LambdaRuntime};
use aws_sdk_secretsmanager::primitives::Blob;
use aws_smithy_http_client::Builder as HttpClient;
use serde_json::{Map, Value, json};

use crate::samples::Settings;

/// Where MiniStack listens, as `tests/with_services.py` says.
const VARIABLE: &str = "PORTCULLIS_TEST_AWS";
/// Where the one listens in which whole stacks are deployed.
const STACK_VARIABLE: &str = "PORTCULLIS_TEST_STACK_AWS";
/// Where the AWS CLI is, likewise.
const CLI_VARIABLE: &str = "PORTCULLIS_TEST_AWS_CLI";
/// Nothing checks it, but the SDK signs with it.
const KEY: &str = "test";
const REGION: &str = "eu-central-1";

/// Clients for one test. A failing call fails the test.
pub struct Aws {
    endpoint: String,
    runtime: tokio::runtime::Runtime,
    dynamodb: aws_sdk_dynamodb::Client,
    secrets: aws_sdk_secretsmanager::Client,
    lambda: aws_sdk_lambda::Client,
    cognito: aws_sdk_cognitoidentityprovider::Client,
    cloudformation: aws_sdk_cloudformation::Client,
}

impl Aws {
    /// The AWS that the test was given.
    ///
    /// # Panics
    /// It was given none. A test that passed without having asked anything would say nothing.
    #[must_use]
    pub fn of_the_tests() -> Self {
        Self::at(variable(VARIABLE))
    }

    /// The AWS in which whole stacks are deployed: it checks the rights of every caller, and this one has all.
    ///
    /// # Panics
    /// The test was given none.
    #[must_use]
    pub fn of_stacks() -> Self {
        Self::at(variable(STACK_VARIABLE))
    }

    fn at(endpoint: String) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        let http = || HttpClient::new().build_http();
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::Config::builder()
                        .behavior_version($sdk::config::BehaviorVersion::latest())
                        .region($sdk::config::Region::new(REGION))
                        .credentials_provider($sdk::config::Credentials::new(
                            KEY, KEY, None, None, "tests",
                        ))
                        .endpoint_url(&endpoint)
                        .http_client(http())
                        .build(),
                )
            };
        }
        let (dynamodb, secrets, lambda) =
            (client!(aws_sdk_dynamodb), client!(aws_sdk_secretsmanager), client!(aws_sdk_lambda));
        let cognito = client!(aws_sdk_cognitoidentityprovider);
        let cloudformation = client!(aws_sdk_cloudformation);
        Self { dynamodb, secrets, lambda, cognito, cloudformation, endpoint, runtime }
    }

    /// Its address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The part of a function's environment that leads the SDK to `endpoint`.
    #[must_use]
    pub fn environment(endpoint: &str) -> Settings {
        let settings = [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", KEY),
            ("AWS_ENDPOINT_URL", endpoint),
        ];
        settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// A user pool with an app client, as the template makes them. Returns their ids.
    #[must_use]
    pub fn create_user_pool(&self) -> (String, String) {
        let create = self.cognito.create_user_pool().pool_name(unique("pool"));
        let pool = self.wait(create.send()).expect("the pool is made").user_pool.expect("a pool");
        let pool = pool.id.expect("an id");
        let client = self.create_app_client(&pool);
        (pool, client)
    }

    /// An app client for people.
    fn create_app_client(&self, pool: &str) -> String {
        let client = self
            .cognito
            .create_user_pool_client()
            .user_pool_id(pool)
            .client_name("people")
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth)
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth);
        let client = self.wait(client.send()).expect("the client is made").user_pool_client;
        client.and_then(|client| client.client_id).expect("an id")
    }

    /// A client of `pool` for logins in the browser, which go back to `callback`.
    pub fn create_hosted_client(&self, pool: &str, callback: &str) -> String {
        let client = self
            .cognito
            .create_user_pool_client()
            .user_pool_id(pool)
            .client_name("browsers")
            .allowed_o_auth_flows_user_pool_client(true)
            .allowed_o_auth_flows(OAuthFlowType::Code)
            .allowed_o_auth_scopes("openid")
            .allowed_o_auth_scopes("email")
            .allowed_o_auth_scopes("profile")
            .supported_identity_providers("COGNITO")
            .callback_urls(callback);
        let client = self.wait(client.send()).expect("the client is made").user_pool_client;
        client.and_then(|client| client.client_id).expect("an id")
    }

    /// Adds a user whose password is for good.
    pub fn add_user(&self, pool: &str, email: &str, password: &str) {
        self.invite(pool, email, password);
        let set = self.cognito.admin_set_user_password().user_pool_id(pool).username(email);
        let set = set.password(password).permanent(true);
        self.wait(set.send()).expect("the password is set");
    }

    /// A user pool with an app client that keep every rule of `portcullis doctor`. Returns their ids.
    #[must_use]
    pub fn create_strict_user_pool(&self) -> (String, String) {
        let attribute = |name: &str| {
            let kind = AttributeDataType::String;
            SchemaAttributeType::builder()
                .name(name)
                .attribute_data_type(kind)
                .mutable(true)
                .build()
        };
        let policy = PasswordPolicyType::builder()
            .minimum_length(12)
            .require_lowercase(true)
            .require_uppercase(true)
            .require_numbers(true)
            .require_symbols(true);
        let create = self
            .cognito
            .create_user_pool()
            .pool_name(unique("pool"))
            .policies(UserPoolPolicyType::builder().password_policy(policy.build()).build())
            .admin_create_user_config(
                AdminCreateUserConfigType::builder().allow_admin_create_user_only(true).build(),
            )
            .username_attributes(UsernameAttributeType::Email)
            .schema(attribute("role"))
            .schema(attribute("tenant_id"));
        let pool = self.wait(create.send()).expect("the pool is made").user_pool.expect("a pool");
        let pool = pool.id.expect("an id");
        let client = self
            .cognito
            .create_user_pool_client()
            .user_pool_id(&pool)
            .client_name("people")
            .write_attributes("email")
            .id_token_validity(60)
            .access_token_validity(60)
            .token_validity_units(
                TokenValidityUnitsType::builder()
                    .id_token(TimeUnitsType::Minutes)
                    .access_token(TimeUnitsType::Minutes)
                    .build(),
            );
        let client = self.wait(client.send()).expect("the client is made").user_pool_client;
        (pool, client.and_then(|client| client.client_id).expect("an id"))
    }

    /// Adds an app client whose users may write their role, with tokens of a day. Returns its id.
    #[must_use]
    pub fn create_lax_client(&self, pool: &str) -> String {
        let client = self
            .cognito
            .create_user_pool_client()
            .user_pool_id(pool)
            .client_name("lax")
            .write_attributes("email")
            .write_attributes("custom:role")
            .id_token_validity(24);
        let client = self.wait(client.send()).expect("the client is made").user_pool_client;
        client.and_then(|client| client.client_id).expect("an id")
    }

    /// Invites a user with a temporary password.
    pub fn invite(&self, pool: &str, email: &str, password: &str) {
        let email_attribute = AttributeType::builder().name("email").value(email).build();
        let create = self
            .cognito
            .admin_create_user()
            .user_pool_id(pool)
            .username(email)
            .temporary_password(password)
            .message_action(MessageActionType::Suppress)
            .user_attributes(email_attribute.expect("an attribute"));
        self.wait(create.send()).expect("the user is made");
    }

    /// A stack that has nothing but these outputs, and one table. Returns its name.
    #[must_use]
    pub fn create_stack(&self, outputs: &[(&str, &str)]) -> String {
        let name = unique("stack");
        let outputs: Map<_, _> = outputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!({ "Value": value })))
            .collect();
        let table = json!({
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
                "BillingMode": "PAY_PER_REQUEST",
            },
        });
        let template = json!({ "Resources": { "Table": table }, "Outputs": outputs }).to_string();
        self.deploy_stack(&name, &template, &[]);
        name
    }

    /// A table of webhooks, as the template makes it. Returns its name.
    #[must_use]
    pub fn create_webhook_table(&self) -> String {
        let name = unique("webhooks");
        let by_user = GlobalSecondaryIndex::builder()
            .index_name("by_user")
            .key_schema(key("user_id", KeyType::Hash))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .expect("an index");
        let create = self
            .dynamodb
            .create_table()
            .table_name(&name)
            .attribute_definitions(text("webhook_id"))
            .attribute_definitions(text("user_id"))
            .key_schema(key("webhook_id", KeyType::Hash))
            .global_secondary_indexes(by_user)
            .billing_mode(BillingMode::PayPerRequest);
        self.wait(create.send()).expect("the table of webhooks is made");
        name
    }

    /// A table of deliveries that were seen, as the template makes it. Returns its name.
    #[must_use]
    pub fn create_replay_table(&self) -> String {
        let name = unique("replays");
        let create = self
            .dynamodb
            .create_table()
            .table_name(&name)
            .attribute_definitions(text("webhook_id"))
            .attribute_definitions(text("replay_key"))
            .key_schema(key("webhook_id", KeyType::Hash))
            .key_schema(key("replay_key", KeyType::Range))
            .billing_mode(BillingMode::PayPerRequest);
        self.wait(create.send()).expect("the table of deliveries is made");
        let ttl = TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build();
        let update = self
            .dynamodb
            .update_time_to_live()
            .table_name(&name)
            .time_to_live_specification(ttl.expect("a specification"));
        self.wait(update.send()).expect("the table has a time to live");
        name
    }

    /// Writes a row: strings, numbers and lists of them, as JSON has them.
    pub fn put_row(&self, table: &str, row: &Value) {
        let put = self.dynamodb.put_item().table_name(table).set_item(Some(attributes(row)));
        self.wait(put.send()).expect("the row is written");
    }

    /// Sets attributes of the row of `webhook_id`, as whoever revokes a webhook does.
    pub fn update_row(&self, table: &str, webhook_id: &str, changes: &Value) {
        for (name, value) in changes.as_object().into_iter().flatten() {
            let update = self
                .dynamodb
                .update_item()
                .table_name(table)
                .key("webhook_id", AttributeValue::S(webhook_id.to_owned()))
                .update_expression("SET #name = :value")
                .expression_attribute_names("#name", name)
                .expression_attribute_values(":value", attribute(value));
            self.wait(update.send()).expect("the row is changed");
        }
    }

    /// Every row of `table`: strings and numbers.
    #[must_use]
    pub fn rows(&self, table: &str) -> Vec<Value> {
        let scan = self.dynamodb.scan().table_name(table).consistent_read(true);
        let rows = self.wait(scan.send()).expect("the table is read").items.unwrap_or_default();
        rows.iter().map(row).collect()
    }

    /// A new secret whose first version is `text`.
    pub fn create_secret(&self, name: &str, text: &str) {
        let create = self.secrets.create_secret().name(name).secret_string(text);
        self.wait(create.send()).expect("the secret is made");
    }

    /// The whole name of a secret.
    #[must_use]
    pub fn secret_arn(&self, name: &str) -> String {
        let describe = self.secrets.describe_secret().secret_id(name);
        self.wait(describe.send()).expect("there is the secret").arn.expect("it has an ARN")
    }

    /// A new secret that is no text.
    pub fn create_binary_secret(&self, name: &str, bytes: &[u8]) {
        let create = self.secrets.create_secret().name(name).secret_binary(Blob::new(bytes));
        self.wait(create.send()).expect("the secret is made");
    }

    /// Another version: it becomes `AWSCURRENT`, and the one before it `AWSPREVIOUS`.
    pub fn rotate_secret(&self, name: &str, text: &str) {
        let put = self.secrets.put_secret_value().secret_id(name).secret_string(text);
        self.wait(put.send()).expect("the secret is changed");
    }

    /// ShapeHints the secret for deletion, which is what the console does.
    pub fn delete_secret(&self, name: &str) {
        let delete = self.secrets.delete_secret().secret_id(name);
        self.wait(delete.send()).expect("the secret is deleted");
    }

    /// A function in Python whose handler is `index.handler`. Returns its name.
    #[must_use]
    pub fn deploy(&self, source: &str, environment: &[(&str, &str)]) -> String {
        let name = unique("function");
        let variables =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let create = self
            .lambda
            .create_function()
            .function_name(&name)
            .runtime(LambdaRuntime::Python313)
            .handler("index.handler")
            .role("arn:aws:iam::000000000000:role/function")
            .timeout(30)
            .environment(Environment::builder().set_variables(Some(variables.collect())).build())
            .code(FunctionCode::builder().zip_file(zip(source).into()).build());
        self.wait(create.send()).expect("the function is deployed");
        name
    }

    /// Lets at most `at_once` invocations of a function run: with 0 every one is throttled.
    pub fn limit(&self, function: &str, at_once: i32) {
        let limit = self
            .lambda
            .put_function_concurrency()
            .function_name(function)
            .reserved_concurrent_executions(at_once);
        self.wait(limit.send()).expect("the function is limited");
    }

    fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// A name that no other test has.
#[must_use]
pub fn unique(what: &str) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{what}-{}-{number}", std::process::id())
}

/// What `tests/with_services.py` says of `name`.
///
/// # Panics
/// It says nothing. A test that passed without having asked anything would say nothing either.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are told, not a setting of a function"
)]
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "this test talks to MiniStack, and `{name}` does not say where: run `make test`, \
             or `python3 tests/with_services.py cargo nextest run --package tests`"
        )
    })
}

fn text(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .expect("an attribute")
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key")
}

fn attributes(row: &Value) -> HashMap<String, AttributeValue> {
    let members = row.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Bool(bool) => AttributeValue::Bool(*bool),
        Value::Array(items) => AttributeValue::L(items.iter().map(attribute).collect()),
        Value::Null => AttributeValue::Null(true),
        Value::Object(_) => AttributeValue::M(attributes(value)),
    }
}

fn row(attributes: &HashMap<String, AttributeValue>) -> Value {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => Value::from(text.as_str()),
        AttributeValue::N(digits) => digits.parse::<u64>().map_or(Value::Null, Value::from),
        _ => Value::Null,
    };
    attributes.iter().map(|(name, of)| (name.clone(), value(of))).collect::<Map<_, _>>().into()
}

/// Python has what the workspace has no crate for.
fn zip(source: &str) -> Vec<u8> {
    const PROGRAM: &str = "import io, sys, zipfile
with zipfile.ZipFile(into := io.BytesIO(), 'w') as file:
    file.writestr('index.py', sys.stdin.read())
sys.stdout.buffer.write(into.getvalue())";
    let mut python = Command::new("python3")
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    // Dropped at once: its end is the end of the source.
    python.stdin.take().expect("a pipe").write_all(source.as_bytes()).expect("python3 reads");
    let output = python.wait_with_output().expect("python3 ends");
    assert!(output.status.success(), "python3 makes no zip file");
    output.stdout
}
