//! `portcullis admin invite-user`: somebody who can log in.

use clap::Args;
use runtime::printable_within;
use serde::Serialize;
use zeroize::Zeroizing;

use super::out::{Out, OutArguments};
use super::{accounts, password, table};
use crate::command::key::store::Store;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Place;
use crate::text::json;
use crate::user_pool::{NewUser, PoolArguments, UserPool};

pub(super) const EXAMPLE: &str =
    "portcullis admin invite-user alice@example.com --role viewer --tenant acme";

/// The longest name of a user that Cognito takes.
const MAX_EMAIL_BYTES: usize = 128;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The email address, with which the person logs in.
    email: String,
    /// What the person may do: a role of the access table.
    #[arg(long)]
    role: String,
    /// Whose data it is about.
    #[arg(long)]
    tenant: String,
    /// The password must be changed at the first login.
    #[arg(long)]
    temporary: bool,
    /// Writes the account too, by which the person can own API keys.
    #[arg(long)]
    account: bool,
    #[command(flatten)]
    out: OutArguments,
    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

/// What is shown once. There is no `Debug`.
#[derive(Serialize)]
struct Invited<'i> {
    email: &'i str,
    user_id: &'i str,
    role: &'i str,
    tenant_id: &'i str,
    password: &'i str,
    is_temporary: bool,
    has_account: bool,
    bundle: &'i str,
}

pub(super) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let email = email(&arguments.email)?;
    let table = table::load(env)?;
    table::check_role(&table, &arguments.role)?;
    let tenant = table::tenant(&table, &arguments.tenant)?;
    let profile = arguments.pool.profile(env)?;
    let bundle = profile.config.bundle()?;
    let accounts = match arguments.account {
        true => Some(accounts(NO_ACCOUNT, env).await?),
        false => None,
    };
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    pool.require_attributes()?;
    let password = password::generate(env)?;
    let out = Out::reserve(&arguments.out, env)?;
    if email != arguments.email {
        env.say(&format!("The email is written in small letters: {email}"));
    }
    let new = NewUser { email: &email, role: &arguments.role, tenant: &tenant };
    let user_id = pool.create(&new, &password).await.inspect_err(|_| out.give_up(env))?;
    // From here on somebody is there: whatever fails, the password is shown.
    let stays_temporary = match arguments.temporary {
        true => None,
        false => pool.set_password(&email, &password, true).await.err(),
    };
    let lacks_account = match &accounts {
        Some(accounts) => write(accounts, &user_id, &new).await.err(),
        None => None,
    };
    let invited = Invited {
        email: &email,
        user_id: &user_id,
        role: &arguments.role,
        tenant_id: tenant.as_str(),
        password: password.expose(),
        is_temporary: arguments.temporary || stays_temporary.is_some(),
        has_account: accounts.is_some() && lacks_account.is_none(),
        bundle: &bundle,
    };
    let text = if arguments.json { Zeroizing::new(json(&invited)?) } else { lines(&invited) };
    let said = Sentences { place: &profile.place, email: &email };
    out.show(&text, env).map_err(|error| error.and(said.lost()))?;
    let problems = [
        stays_temporary.map(|error| error.and(said.stays_temporary())),
        lacks_account.map(|error| error.and(said.lacks_account(&arguments.role))),
    ];
    if let Some(problem) = problems.into_iter().flatten().reduce(CommandError::with) {
        return Err(problem);
    }
    said.say_next(arguments.temporary, env);
    Ok(())
}

const NO_ACCOUNT: &str = "without `--account` the person gets no account for API keys";

/// Reads an email address. Its letters become small ones: a pool may tell `Alice@` from `alice@`, and people do not.
fn email(text: &str) -> Result<String, CommandError> {
    let text = text.trim();
    // Those of RFC 5321 that a shell does not read as its own: the address stands in commands to copy.
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._%+-'=~".contains(&b))
    };
    let is_email = text.len() <= MAX_EMAIL_BYTES
        && text.split_once('@').is_some_and(|(name, host)| {
            plain(name) && plain(host) && host.contains('.') && !name.starts_with('-')
        });
    if is_email {
        return Ok(text.to_ascii_lowercase());
    }
    let shown = printable_within(text, MAX_EMAIL_BYTES);
    Err(CommandError::usage(format!(
        "`{shown}` is no email address such as `alice@example.com`, of letters, digits and `._%+-'=~`"
    )))
}

async fn write(accounts: &Store, user_id: &str, new: &NewUser<'_>) -> Result<(), CommandError> {
    let written = accounts.add_account(user_id, new.tenant.as_str(), new.role).await;
    written.map_err(|error| error.or_open("whether the account was written is not known"))
}

fn lines(invited: &Invited<'_>) -> Zeroizing<String> {
    let Invited { email, password, bundle, .. } = invited;
    Zeroizing::new(format!("email     {email}\npassword  {password}\nbundle    {bundle}\n"))
}

/// What is said of somebody who is there, and how to go on.
struct Sentences<'s> {
    place: &'s Place,
    email: &'s str,
}

impl Sentences<'_> {
    fn reset(&self) -> String {
        self.place.next(&format!("admin reset-password {}", self.email))
    }

    fn stays_temporary(&self) -> String {
        format!(
            "the user `{}` is there, with the password as a temporary one, which must be changed at the first login: \
             hand it over, or set another with {}",
            self.email,
            self.reset()
        )
    }

    fn lacks_account(&self, role: &str) -> String {
        let set = format!("admin set-role {} --role {role} --account", self.email);
        format!(
            "the user `{}` is there and can log in, without an account for API keys: {} writes it",
            self.email,
            self.place.next(&set)
        )
    }

    fn lost(&self) -> String {
        let reset = self.reset();
        format!(
            "the user `{}` is there, and the password is lost: {reset} sets another",
            self.email
        )
    }

    fn say_next(&self, is_temporary: bool, env: &mut Env<'_>) {
        let then = if is_temporary { ", and choose a password" } else { "" };
        env.say(&format!(
            "next: hand over the password and the bundle, each by a way of its own. The person types \
             `portcullis configure --from-bundle -` and `portcullis login --username {}`{then}.",
            self.email
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::email;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(email(text).ok().as_deref(), expected, "{text}");
    }

    #[test]
    fn emails() {
        check("alice@example.com", Some("alice@example.com"));
        check(" Alice@Example.COM ", Some("alice@example.com"));
        check("alice+test@example.com", Some("alice+test@example.com"));
        check("o'brien@example.com", Some("o'brien@example.com"));
        for bad in [
            "",
            "alice",
            "@example.com",
            "alice@",
            "alice@example",
            "a@b@c.de",
            "a b@example.com",
            "älice@example.com",
            "<alice@example.com>",
            "-a@example.com",
            "a@example.com,b@example.com",
        ] {
            check(bad, None);
        }
        check(&format!("{}@example.com", "a".repeat(128)), None);
    }
}
