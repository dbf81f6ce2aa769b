//! `portcullis webhook create`: a row, and a secret of its own.

mod fields;

use std::time::Duration;

use clap::Args;
use runtime::printable;
use serde::Serialize;
use shared::ids::WebhookId;
use shared::record::Fields;
use shared::secret::Secret;
use shared::webhook::{Scheme, ToldApartBy, WebhookRecord};
use zeroize::Zeroizing;

use super::opened::{Opened, Webhooks};
use super::scheme::{Read, SchemeArguments};
use super::sender::Sender;
use super::view::line;
use super::{checks, secret};
use crate::env::Env;
use crate::exit::CommandError;
use crate::prompt;
use crate::text::json;

pub(super) const EXAMPLE: &str =
    "portcullis webhook create Builds --scheme github --replay-window 10m";

/// How many letters and digits an id has.
const ID_CHARS: usize = 20;
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is called, for people.
    #[arg(value_parser = checks::name)]
    name: String,
    #[command(flatten)]
    scheme: SchemeArguments,
    /// For how long a delivery is remembered, so that a repetition is not forwarded: such as `10m`; `0` for not at
    /// all.
    #[arg(long, value_name = "DURATION", value_parser = checks::window)]
    replay_window: Option<Duration>,
    /// For how long the secret before it still verifies after a rotation: a day, if it is not given.
    #[arg(long, value_name = "DURATION", value_parser = checks::window)]
    secret_overlap: Option<Duration>,
    /// Asks for the secret, which the sender has shown, in place of making one. From a pipe it is a line of
    /// standard input.
    #[arg(long)]
    secret_given: bool,
    /// Answers the sender when it looks whether the address is ours.
    #[arg(long)]
    handshake: bool,
    /// The secret in Secrets Manager that the verify token of a handshake is compared with.
    #[arg(long, value_name = "NAME", requires = "handshake")]
    verify_token_secret_id: Option<String>,
    /// From where it may be called. May be given more than once; without it: from anywhere.
    #[arg(long, value_name = "NETWORK", value_parser = checks::cidr)]
    cidr: Vec<String>,
    /// Writes a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    webhooks: Webhooks,
}

/// What was made, for programs.
#[derive(Serialize)]
struct Json<'c> {
    webhook_id: &'c str,
    name: &'c str,
    scheme: &'c str,
    told_apart_by: &'c str,
    replay_window_seconds: Option<u64>,
    address: String,
    secret_id: &'c str,
    /// `null` where the sender has shown it.
    secret: Option<&'c str>,
}

/// What is about to be made.
struct New {
    id: WebhookId,
    fields: Fields,
    record: WebhookRecord,
    secret_id: String,
    secret: Secret<Zeroizing<String>>,
}

pub(super) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let read = arguments.scheme.read(env)?;
    let window = replay_window(&arguments, &read, env)?;
    let opened = arguments.webhooks.open(env).await?;
    let new = new(&arguments, read, window, &opened, env)?;
    opened.secrets.create(&new.secret_id, &new.secret).await?;
    if let Err(problem) = opened.registry.add(new.fields.clone()).await {
        let row = if problem.may_be_there { opened.registry.remove(&new.id).await } else { Ok(()) };
        let secret = opened.secrets.remove(&new.secret_id).await;
        return Err(undone(problem.error, &new, [row.is_ok(), secret.is_ok()], &opened));
    }
    report(&arguments, &new, window, &opened, env)
}

/// What is left of a webhook whose row could not be added.
fn undone(
    problem: CommandError,
    new: &New,
    [has_no_row, has_no_secret]: [bool; 2],
    opened: &Opened,
) -> CommandError {
    let (id, secret_id) = (&new.id, printable(&new.secret_id));
    if has_no_row && has_no_secret {
        return problem.and("nothing was registered, and the secret is removed");
    }
    let mut problem = problem;
    if !has_no_row {
        let revoke = opened.next(&format!("revoke {id}"));
        problem =
            problem.and(format!("whether the webhook `{id}` is there is not known: {revoke}"));
    }
    if !has_no_secret {
        let delete = format!("`aws secretsmanager delete-secret --secret-id {secret_id}`");
        problem = problem.and(format!("the secret `{secret_id}` is left over: {delete}"));
    }
    problem
}

/// The replay window: where nothing but the body tells a repetition, somebody has to say it.
fn replay_window(
    arguments: &Arguments,
    read: &Read,
    env: &mut Env<'_>,
) -> Result<Option<Duration>, CommandError> {
    if arguments.replay_window.is_some() || read.scheme.told_apart_by() != ToldApartBy::Body {
        return Ok(arguments.replay_window);
    }
    let name = read.scheme.as_str();
    if !env.is_terminal {
        return Err(CommandError::usage(format!(
            "`{name}` signs neither time nor id: say for how long the same bytes are a repetition, with \
             `--replay-window 10m`, or `0` for not at all"
        )));
    }
    env.say(&format!(
        "`{name}` signs neither time nor id: two deliveries may rightly be the same bytes."
    ));
    for _ in 0..prompt::TRIES {
        match checks::window(&prompt::shown(
            "For how long are they a repetition (10m; 0: never)? ",
            env,
        )?) {
            Ok(window) => return Ok(Some(window)),
            Err(problem) => env.say(&problem),
        }
    }
    Err(CommandError::usage("no window was entered"))
}

fn new(
    arguments: &Arguments,
    read: Read,
    window: Option<Duration>,
    opened: &Opened,
    env: &mut Env<'_>,
) -> Result<New, CommandError> {
    let id = format!("wh_{}", secret::name(ID_CHARS, env)?);
    let id = WebhookId::parse(&id).ok_or_else(|| CommandError::failed("no id was made"))?;
    let fields = fields::of(arguments, read, window, &id, opened, env)?;
    // As the functions will read it.
    let record = WebhookRecord::read(&id, &fields)
        .map_err(|error| CommandError::usage(printable(&error.to_string())))?;
    let reference = record.secret(&opened.prefix);
    let secret = secret::given_or_made(arguments.secret_given, &reference, env)?;
    Ok(New { id, fields, record, secret_id: reference.name, secret })
}

fn report(
    arguments: &Arguments,
    new: &New,
    window: Option<Duration>,
    opened: &Opened,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let (id, scheme) = (&new.id, new.record.scheme());
    let secret = (!arguments.secret_given).then(|| new.secret.expose().as_str());
    let address = opened.address((env.setting)("WEBHOOK_URL").as_deref(), id);
    let printed = if arguments.json {
        json(&Json {
            webhook_id: id.as_str(),
            name: &arguments.name,
            scheme: scheme.as_str(),
            told_apart_by: scheme.told_apart_by().as_str(),
            replay_window_seconds: window.map(|window| window.as_secs()),
            address,
            secret_id: &new.secret_id,
            secret,
        })?
    } else {
        let shown = secret.map(|secret| line("secret", secret)).unwrap_or_default();
        let of_id = line("webhook", id.as_str());
        format!("{of_id}{}{shown}", line("address", &printable(&address)))
    };
    env.print_once(&Zeroizing::new(printed)).map_err(|problem| {
        let rotate = opened.next(&format!("rotate {id}"));
        problem.and(format!(
            "the webhook `{id}` is registered, and its secret was not shown: {rotate}"
        ))
    })?;
    env.say(&told_apart(scheme, window));
    if secret.is_some() {
        env.say("The secret is shown this once.");
    }
    let next = match Sender::of_scheme(scheme.as_str()) {
        Some(sender) => opened.next(&format!("show {id} --sender {}", sender.name)),
        None => opened.next(&format!("test {id}")),
    };
    env.say(&format!("next: {next}"));
    Ok(())
}

/// What tells a repetition.
fn told_apart(scheme: &Scheme, window: Option<Duration>) -> String {
    if window == Some(Duration::ZERO) {
        return "Repetitions are not looked for.".to_owned();
    }
    let window =
        window.map_or_else(|| "a day".to_owned(), |w| humantime::format_duration(w).to_string());
    let by = match scheme.told_apart_by() {
        _ if *scheme == Scheme::Rfc9421 => {
            "its nonce, or else its signed bytes, in which the time is"
        }
        ToldApartBy::Id => "its id, which is signed",
        ToldApartBy::Time => "its signed bytes, in which the time is: signed anew it is another",
        ToldApartBy::Body => "its body alone",
    };
    format!("A repetition within {window} is told by {by}.")
}
