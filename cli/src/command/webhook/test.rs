//! `portcullis webhook test`: a delivery as its sender would send it.

mod curl;

use std::path::{Path, PathBuf};

use adapters::url::Url;
use clap::Args;
use oauth2::HttpResponse;
use oauth2::http::Request;
use runtime::{printable, printable_within};
use serde::{Deserialize, Serialize};
use shared::ids::{DeliveryId, WebhookId};
use shared::webhook::{Outgoing, WebhookRecord};

use super::opened::{Opened, Webhooks};
use super::view::record;
use super::{checks, secret};
use crate::env::Env;
use crate::exit::{CommandError, Exit};
use crate::oauth::Http;
use crate::proxy::Proxy;
use crate::text::json;

pub(super) const EXAMPLE: &str =
    "portcullis webhook test wh_4rKq0YbUo2mXw81sTzJe --url https://hooks.example.com/webhooks";

/// The largest body that API Gateway takes.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// The longest part of an answer that is shown, in bytes.
const SHOWN_BYTES: usize = 4096;
const CONTENT_TYPE: &str = "application/json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The webhook.
    #[arg(value_name = "WEBHOOK ID", value_parser = checks::id)]
    id: WebhookId,
    /// Where it is delivered. Without it: WEBHOOK_URL, or `/v1/webhooks` of the API and the id.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The body; without it one that differs each time.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// What the delivery is called, for a scheme that names deliveries: to repeat one. Letters and digits.
    #[arg(long, value_name = "ID", value_parser = delivery)]
    delivery: Option<DeliveryId>,
    /// Sends nothing: prints the request as a command for a shell, with the signature and without the secret.
    #[arg(long)]
    print: bool,
    /// Writes a JSON object.
    #[arg(long, conflicts_with = "print")]
    json: bool,
    #[command(flatten)]
    webhooks: Webhooks,
}

/// What came of it, for programs.
#[derive(Serialize)]
struct Json<'a> {
    webhook_id: &'a str,
    url: &'a str,
    status: u16,
    body: &'a str,
}

/// What is about to be sent.
struct Signed {
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let given = arguments.body.as_deref().map(|path| read(path, env)).transpose()?;
    let opened = arguments.webhooks.open(env).await?;
    let row = opened.find(&arguments.id).await?;
    let signed = sign(arguments, given, &record(&row, &arguments.id)?, &opened, env).await?;
    if arguments.print {
        let Signed { url, headers, body } = &signed;
        return env.print(&curl::line(url, headers, body, arguments.body.as_deref())?);
    }
    let mut request = Request::post(&signed.url);
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    let unbuilt = |_| CommandError::failed("a header of the signature cannot be sent");
    let request = request.body(signed.body).map_err(unbuilt)?;
    let http = Http::new(&Proxy::of(&opened.profile.place, env)?)?;
    let answer = http.send(request).await?;
    report(arguments, &signed.url, &answer, env)
}

async fn sign(
    arguments: &Arguments,
    given: Option<Vec<u8>>,
    record: &WebhookRecord,
    opened: &Opened,
    env: &mut Env<'_>,
) -> Result<Signed, CommandError> {
    let base = Webhooks::setting(arguments.url.as_deref(), ("--url", "WEBHOOK_URL"), opened, env);
    let url = base.unwrap_or_else(|| opened.address(None, &arguments.id));
    let address = Url::parse(&url).map_err(|problem| {
        CommandError::usage(format!("`{}` is {problem}", printable_within(&url, 200)))
    })?;
    let name = format!("test{}", secret::name(20, env)?);
    let id = arguments.delivery.clone().or_else(|| DeliveryId::parse(&name));
    let id = id.ok_or_else(|| CommandError::failed("no id was made"))?;
    let body = given.unwrap_or_else(|| {
        format!("{{\"event\":\"portcullis.test\",\"id\":\"{name}\"}}").into_bytes()
    });
    let reference = record.secret(&opened.prefix);
    let text = opened.secrets.read(&reference.name).await?;
    let key = reference.key(text.expose()).map_err(|error| {
        CommandError::failed(format!("the secret `{}` cannot be used: {error}", reference.name))
    })?;
    let delivery = Outgoing {
        method: "POST",
        path: address.uri().path(),
        query: address.uri().query(),
        host: address.host().to_str().unwrap_or_default(),
        headers: &[("content-type", CONTENT_TYPE), ("x-webhook-id", arguments.id.as_str())],
        body: &body,
        id: &id,
    };
    let signature = record.sign(&delivery, &key, (env.clock.now)()).map_err(|error| {
        CommandError::failed(format!("a delivery of `{}` cannot be signed: {error}", arguments.id))
    })?;
    let own = [("Content-Type", CONTENT_TYPE), ("X-Webhook-Id", arguments.id.as_str())];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Signed { url, headers: own.into_iter().chain(signature).collect(), body })
}

fn report(
    arguments: &Arguments,
    url: &str,
    answer: &HttpResponse,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let status = answer.status().as_u16();
    let body = String::from_utf8_lossy(answer.body());
    if arguments.json {
        let webhook_id = arguments.id.as_str();
        env.print(&json(&Json { webhook_id, url, status, body: &body })?)?;
    } else {
        env.print(&format!("{status} {}\n", printable_within(body.trim(), SHOWN_BYTES)))?;
    }
    let code = serde_json::from_slice::<Code>(answer.body()).ok().map(|own| own.code);
    match status {
        200..=299 => Ok(()),
        401 | 403 => Err(CommandError::refused(refusal(code.as_deref()))),
        _ => Err(CommandError { exit: Exit::Failed, sentences: vec![failure(status)] }),
    }
}

/// The body of an answer that says no.
#[derive(Deserialize)]
struct Code {
    code: String,
}

fn refusal(code: Option<&str>) -> String {
    match code {
        Some("SIGNATURE_INVALID") => {
            "the signature was refused: the function may hold the secret of before for a minute, or the address \
             leads to another table"
        }
        Some("SIGNATURE_EXPIRED") => "the signature was refused as too old: set this machine's clock",
        Some("WEBHOOK_UNKNOWN") => {
            "the webhook was refused: it is revoked, may not be called from here, or the address leads to another \
             table"
        }
        _ => "it was refused before it came to the webhook-authorizer: look at the route and at its resource policy",
    }
    .to_owned()
}

fn failure(status: u16) -> String {
    match status {
        404 => "there is no such route: look at `--url`".to_owned(),
        500 => "the row or the secret cannot be used: the decision log says why".to_owned(),
        502 => "the target failed: the decision log says why".to_owned(),
        503 => "not now: the decision log says why".to_owned(),
        status => format!("{status} is no answer to a delivery: look at `--url`"),
    }
}

/// A delivery's name that ends before any separator of a template.
fn delivery(text: &str) -> Result<DeliveryId, String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
    let id = DeliveryId::parse(text).filter(|_| plain);
    id.ok_or_else(|| "it must be 1 to 128 letters and digits".to_owned())
}

fn read(path: &Path, env: &Env<'_>) -> Result<Vec<u8>, CommandError> {
    let file = printable(&path.to_string_lossy());
    let bytes = env
        .contents(path)
        .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    if bytes.len() > MAX_BODY_BYTES {
        return Err(CommandError::failed(format!("{file} is larger than API Gateway takes")));
    }
    Ok(bytes)
}
