//! How a sender signs: a scheme with a name, or a description by flags or in a file.

use std::path::{Path, PathBuf};

use clap::Args;
use runtime::printable;
use shared::record::{Field, Fields};
use shared::webhook::{Description, Scheme};

use crate::env::Env;
use crate::exit::CommandError;

/// The longest description that is read, in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// How a sender signs.
#[derive(Debug, Args)]
pub(super) struct SchemeArguments {
    /// How the sender signs: `portcullis`, `github`, `stripe`, …, `rfc9421`, or `hmac` with a description.
    #[arg(long, value_name = "NAME")]
    scheme: String,
    /// The description of `hmac`: a JSON object.
    #[arg(long, value_name = "FILE", conflicts_with = "flags")]
    description: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

/// The members of a description, one flag each.
#[derive(Debug, Args)]
#[group(id = "flags", multiple = true)]
struct Flags {
    /// Of a description: the header that holds the signature.
    #[arg(long, value_name = "NAME")]
    header: Option<String>,
    /// Of a description: what stands before the signature, such as `sha256=`.
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// Of a description: `hex`, `base64` or `base64url`.
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Of a description: `list` or `pairs`, where there are several signatures.
    #[arg(long, value_name = "LAYOUT")]
    signatures: Option<String>,
    /// Of `pairs`: the key of a signature, such as `v1`.
    #[arg(long, value_name = "NAME")]
    signature_key: Option<String>,
    /// Of `pairs`: the key of the time, such as `t`.
    #[arg(long, value_name = "NAME")]
    time_key: Option<String>,
    /// Of a description: what is signed, such as `{time}.{body}`.
    #[arg(long, value_name = "TEXT")]
    template: Option<String>,
    /// Of a description: the header of the time.
    #[arg(long, value_name = "NAME")]
    time_header: Option<String>,
    /// Of a description: `seconds`, `milliseconds` or `rfc3339`.
    #[arg(long, value_name = "UNIT")]
    time_unit: Option<String>,
    /// Of a description: how far the time may be from now, both ways.
    #[arg(long, value_name = "SECONDS")]
    window_seconds: Option<u32>,
    /// Of a description: the header of the sender's id of the delivery.
    #[arg(long, value_name = "NAME")]
    id_header: Option<String>,
    /// Of a description: how the secret becomes the key: `text`, `base64` or `hex`.
    #[arg(long, value_name = "FORM")]
    key: Option<String>,
    /// Of a description: what stands before the key in the secret, such as `whsec_`.
    #[arg(long, value_name = "TEXT")]
    key_prefix: Option<String>,
}

/// A scheme, and the description that a record needs of it.
pub(super) struct Read {
    pub(super) scheme: Scheme,
    pub(super) description: Option<Fields>,
}

impl SchemeArguments {
    /// Reads the scheme.
    ///
    /// # Errors
    /// There is no such scheme, or its description is wrong: which member, and how.
    pub(super) fn read(&self, env: &Env<'_>) -> Result<Read, CommandError> {
        let described = match &self.description {
            Some(path) => Some(read(path, env)?),
            None => self.flags.fields(),
        };
        if self.scheme != "hmac" {
            if described.is_some() {
                return Err(CommandError::usage("a description is of `--scheme hmac` alone"));
            }
            return match Scheme::parse(&self.scheme) {
                Some(scheme) => Ok(Read { scheme, description: None }),
                None => Err(CommandError::usage(unknown(&self.scheme))),
            };
        }
        let fields = described.ok_or_else(|| {
            CommandError::usage(
                "`--scheme hmac` needs a description: `--description FILE`, or `--header`, `--encoding` and \
                 `--template`",
            )
        })?;
        let description = Description::read(&fields)
            .map_err(|error| CommandError::usage(printable(&error.to_string())))?;
        Ok(Read { scheme: Scheme::Hmac(description.into()), description: Some(fields) })
    }
}

impl Flags {
    /// The members that are given; `None` if none is.
    fn fields(&self) -> Option<Fields> {
        let texts = [
            ("header", &self.header),
            ("prefix", &self.prefix),
            ("encoding", &self.encoding),
            ("signatures", &self.signatures),
            ("signature_key", &self.signature_key),
            ("time_key", &self.time_key),
            ("template", &self.template),
            ("time_header", &self.time_header),
            ("time_unit", &self.time_unit),
            ("id_header", &self.id_header),
            ("key", &self.key),
            ("key_prefix", &self.key_prefix),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), Field::Text(text.clone()?))));
        let window = self
            .window_seconds
            .map(|seconds| ("window_seconds".to_owned(), Field::Number(seconds.to_string())));
        let given: Vec<_> = texts.chain(window).collect();
        (!given.is_empty()).then(|| given.into_iter().collect())
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<String> = Scheme::all().map(|scheme| format!("`{}`", scheme.as_str())).collect();
    format!(
        "there is no scheme `{}`: there are {}, and `hmac` with a description",
        printable(name),
        names.join(", ")
    )
}

fn read(path: &Path, env: &Env<'_>) -> Result<Fields, CommandError> {
    let file = printable(&path.to_string_lossy());
    let bytes = env
        .contents(path)
        .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_BYTES);
    let fields = text.and_then(|text| Fields::from_json(&text));
    fields.ok_or_else(|| {
        CommandError::failed(format!("{file} is no JSON object of at most {MAX_BYTES} bytes"))
    })
}
