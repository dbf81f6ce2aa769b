//! Whose webhooks, and the stores they are in.

use aws_config::SdkConfig;
use clap::Args;
use runtime::printable_within;
use shared::ids::WebhookId;

use super::owner::{self, Owner};
use super::secret::Secrets;
use crate::aws::AwsArguments;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Place, Profile, ProfileArguments};
use crate::registry::{Registry, Row};
use crate::user_pool::UserPool;

/// As the functions have it where SECRET_PREFIX is not set.
const SECRET_PREFIX: &str = "portcullis/webhook/";

/// Whose webhooks, and where they are: the same for every command.
#[derive(Debug, Args)]
pub(super) struct Webhooks {
    /// Whose webhooks, if not one's own: for administrators, who may look up users in the pool.
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
    /// The DynamoDB table of the webhooks. Without it: WEBHOOK_TABLE.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// What stands before a webhook's id in its secret's name. Without it: SECRET_PREFIX, or
    /// `portcullis/webhook/`.
    #[arg(long, value_name = "TEXT")]
    secret_prefix: Option<String>,
    #[command(flatten)]
    aws: AwsArguments,
    #[command(flatten)]
    profile: ProfileArguments,
}

/// The stores, and who asks.
pub(super) struct Opened {
    pub(super) profile: Profile,
    pub(super) owner: Owner,
    pub(super) registry: Registry,
    pub(super) secrets: Secrets,
    pub(super) prefix: String,
    pub(super) config: SdkConfig,
}

impl Webhooks {
    /// Proves who asks, and prepares the stores. Nothing is changed.
    ///
    /// # Errors
    /// A setting is missing, nobody is logged in, or whoever is could not be proven.
    pub(super) async fn open(&self, env: &mut Env<'_>) -> Result<Opened, CommandError> {
        let place = Place::of(&self.profile, env)?;
        let table = setting(self.table.as_deref(), "--table", "WEBHOOK_TABLE", &place, env);
        let table = table.ok_or_else(|| {
            CommandError::failed(
                "no table of webhooks is known: give `--table`, or set WEBHOOK_TABLE",
            )
        })?;
        let prefix = self.secret_prefix.as_deref();
        let prefix = setting(prefix, "--secret-prefix", "SECRET_PREFIX", &place, env);
        let profile = place.profile(env)?;
        let own = match &self.owner {
            None => Some(owner::logged_in(&profile, env).await?),
            Some(_) => None,
        };
        let pool = UserPool::open(&profile, &self.aws, env).await?;
        let owner = match (own, &self.owner) {
            (Some(own), _) => own,
            (None, email) => owner::of_email(email.as_deref().unwrap_or_default(), &pool).await?,
        };
        let config = pool.aws;
        profile.place.tell("owner", &owner.id.to_string(), owner.from, env);
        Ok(Opened {
            owner,
            registry: Registry::new(&config, &table),
            secrets: Secrets::new(&config),
            prefix: prefix.unwrap_or_else(|| SECRET_PREFIX.to_owned()),
            profile,
            config,
        })
    }

    /// The value of a setting that one command alone has.
    pub(super) fn setting(
        flag: Option<&str>,
        (name, variable): (&str, &str),
        opened: &Opened,
        env: &mut Env<'_>,
    ) -> Option<String> {
        setting(flag, name, variable, &opened.profile.place, env)
    }
}

impl Opened {
    /// The row of `id`, if it is the owner's.
    ///
    /// # Errors
    /// There is none, it is another user's, or it could not be looked up.
    pub(super) async fn find(&self, id: &WebhookId) -> Result<Row, CommandError> {
        let row = self.registry.find(id).await?;
        let own = row.filter(|row| row.text("user_id") == Some(self.owner.id.as_str()));
        // The id of a webhook is no secret; whose it is, is nobody else's business.
        own.ok_or_else(|| {
            CommandError::refused(format!("there is no webhook `{id}` of {}", self.owner.shown()))
        })
    }

    /// The command `portcullis webhook <command>` with this profile, to type next.
    pub(super) fn next(&self, command: &str) -> String {
        self.profile.place.next(&format!("webhook {command}"))
    }

    /// The address of the webhook `id`: `base` and the id, or else below the API.
    pub(super) fn address(&self, base: Option<&str>, id: &WebhookId) -> String {
        let of_api =
            || format!("{}/v1/webhooks", self.profile.config.api_url.trim_end_matches('/'));
        let base = base.map_or_else(of_api, |base| base.trim_end_matches('/').to_owned());
        if base.contains(id.as_str()) { base } else { format!("{base}/{id}") }
    }
}

fn setting(
    flag: Option<&str>,
    name: &str,
    variable: &str,
    place: &Place,
    env: &mut Env<'_>,
) -> Option<String> {
    let set = (env.setting)(variable).filter(|text| !text.is_empty());
    let found = flag.map(|value| (value.to_owned(), name)).or(set.map(|value| (value, variable)));
    let (value, from) = found?;
    place.tell(variable, &printable_within(&value, 200), from, env);
    Some(value)
}
