//! Where an operator sits: a database with a few accounts, and the way to it.

use adapters::postgres::{ApiKeyStore as _, ApiKeyTable, Aurora, Login};
use runtime::Clock;
use runtime::settings::Reader;
use serde_json::{Value, json};
use shared::authn::{ApiKeyEnvironment, ApiKeyRules, PresentedApiKey};
use shared::secret::Secret;
use tests::aws::{Aws, unique};
use tests::postgres::{Cluster, Database};
use tests::samples::Settings;
use tests::tool;

/// A database of the test's own with the accounts `alice` (`super_admin`), `vera` (`viewer`) and
/// `sam`, who is suspended.
pub(super) struct Operator {
    cluster: Cluster,
    pub(super) database: Database,
    aws: Aws,
}

/// What a command left behind.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Operator {
    pub(super) fn new() -> Self {
        let cluster = Cluster::shared();
        let database = Database::new(&cluster);
        database.execute(
            "INSERT INTO portcullis.accounts (user_id, tenant_id, role, status) VALUES \
             ('alice', 'acme', 'super_admin', 'active'), ('vera', 'acme', 'viewer', 'active'), \
             ('sam', 'acme', 'itsm_agent', 'suspended')",
        );
        Self { cluster, database, aws: Aws::of_the_tests() }
    }

    /// Runs `portcullis key` through PgBouncer, with `input` on its standard input.
    pub(super) fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        self.run_in(&[], arguments, input)
    }

    /// The same with `more` in its environment.
    pub(super) fn run_in(&self, more: &[(&str, &str)], arguments: &[&str], input: &str) -> Done {
        let host = format!("127.0.0.1:{}", self.cluster.bouncer_port());
        let mut settings = self.settings(&host, "portcullis_operator");
        settings.insert("API_KEY_ENVIRONMENT".to_owned(), "prod".to_owned());
        let settings = settings.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let settings: Vec<_> = settings.chain(more.iter().copied()).collect();
        run(&settings, arguments, input)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, "")
    }

    /// The key and its id, of a command that makes one.
    pub(super) fn make(&self, arguments: &[&str]) -> (String, String) {
        let made = self.run(&[arguments, &["--json"]].concat()).json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("key"), text("id"))
    }

    /// The keys of `key list --json --all`.
    pub(super) fn keys(&self) -> Vec<Value> {
        let listed = self.run(&["list", "--json", "--all"]).json();
        listed.as_array().unwrap().clone()
    }

    /// What the authorizer makes of `key`: its scopes, or why it is refused.
    pub(super) fn verify(&self, key: &str) -> Result<String, String> {
        let host = self.database.host();
        let settings = self.settings(&host, "portcullis_authorizer");
        let lookup = |name: &str| settings.get(name).cloned();
        let mut reader = Reader::new(&lookup);
        let database = adapters::postgres::Database::read(&mut reader).unwrap();
        let login = Login::read(&database.auth, &mut reader).unwrap();
        let table = ApiKeyTable::new(Aurora::new(database, login, None).unwrap());
        let environment = ApiKeyEnvironment::parse("prod").unwrap();
        let rules = ApiKeyRules { environment, imported: true };
        let key = PresentedApiKey::read(Secret::new(key), &rules).unwrap();
        let now = (Clock::system().now)();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(table.find(key.lookup(), now)).unwrap();
        let source = Some("192.0.2.1".parse().unwrap());
        let identity = key.verify(found.as_ref(), source, now);
        identity.map(|who| who.scopes().to_owned()).map_err(|denial| denial.reason.to_string())
    }

    /// The settings that lead `role` to `host` with its password.
    fn settings(&self, host: &str, role: &str) -> Settings {
        let secret = unique("cli");
        let password = self.cluster.password(role);
        let text = json!({ "username": role, "password": password }).to_string();
        self.aws.create_secret(&secret, &text);
        let mut settings = Aws::environment(self.aws.endpoint());
        for (name, value) in [
            ("AURORA_HOST", host),
            ("AURORA_DATABASE", self.database.name()),
            ("AURORA_USER", role),
            ("AURORA_AUTH", &format!("secret:{secret}")),
        ] {
            settings.insert(name.to_owned(), value.to_owned());
        }
        settings
    }
}

/// Runs `portcullis key` with nothing but `settings` in its environment.
pub(super) fn run(settings: &[(&str, &str)], arguments: &[&str], input: &str) -> Done {
    let arguments = [&["key"], arguments].concat();
    let tool::Done { code, out, err } = tool::run(settings.iter().copied(), &arguments, input);
    Done { code, out, err }
}

impl Done {
    /// What a command that succeeded wrote to standard output.
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Nothing on standard output, and exactly these sentences.
    #[track_caller]
    pub(super) fn assert_failed(&self, code: i32, sentences: &[&str]) {
        let expected: String =
            sentences.iter().map(|sentence| format!("portcullis: {sentence}\n")).collect();
        let (out, err) = (self.out.as_str(), self.err.as_str());
        assert_eq!((self.code, out, err), (code, "", expected.as_str()));
    }
}
