//! What to enter at a sender: the table of `docs/sending-webhooks.md`.

use runtime::printable;
use serde::Serialize;

use super::view::line;

/// A product that signs by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) name: &'static str,
    /// As people call it.
    pub(super) title: &'static str,
    pub(super) scheme: &'static str,
    /// The field of the address.
    address: &'static str,
    secret: SecretField,
    /// What else matters there.
    besides: &'static str,
}

/// Who makes the secret, and the field in which it stands.
#[derive(Debug, PartialEq, Eq)]
enum SecretField {
    /// The one that we have made is entered there.
    Ours(&'static str),
    /// The sender shows one, which is kept here.
    Theirs(&'static str),
}

use SecretField::{Ours, Theirs};

const fn sender(
    [name, title, scheme]: [&'static str; 3],
    address: &'static str,
    secret: SecretField,
    besides: &'static str,
) -> Sender {
    Sender { name, title, scheme, address, secret, besides }
}

static SENDERS: [Sender; 12] = [
    sender(
        ["github", "GitHub", "github"],
        "Payload URL",
        Ours("Secret"),
        "Content type: application/json",
    ),
    sender(["stripe", "Stripe", "stripe"], "Endpoint URL", Theirs("Signing secret"), "the events"),
    sender(
        ["slack", "Slack", "slack"],
        "Request URL",
        Theirs("Signing Secret"),
        "the webhook needs `--handshake`: Slack asks at once",
    ),
    sender(
        ["standard-webhooks", "Standard Webhooks", "standard-webhooks"],
        "Endpoint URL",
        Theirs("Signing secret"),
        "the events",
    ),
    sender(
        ["svix", "Svix", "standard-webhooks"],
        "Endpoint URL",
        Theirs("Signing Secret"),
        "the events",
    ),
    sender(
        ["shopify", "Shopify", "shopify"],
        "Webhook URL",
        Theirs("the app's client secret"),
        "Format: JSON",
    ),
    sender(
        ["linear", "Linear", "linear"],
        "URL",
        Theirs("Signing secret"),
        "the data change events",
    ),
    sender(
        ["zoom", "Zoom", "zoom"],
        "Event notification endpoint URL",
        Theirs("Secret Token"),
        "the webhook needs `--handshake`: press Validate",
    ),
    sender(["bitbucket", "Bitbucket", "bitbucket"], "URL", Ours("Secret"), "the triggers"),
    sender(["jira", "Jira", "jira"], "URL", Ours("Secret"), "the events"),
    sender(
        ["gitlab", "GitLab", "gitlab"],
        "URL",
        Theirs("Signing token"),
        "leave Secret token empty: it is sent in plain",
    ),
    sender(
        ["meta", "Meta", "meta"],
        "Callback URL",
        Theirs("App secret"),
        "Verify token: yours, in the secret of `--verify-token-secret-id`",
    ),
];

/// What to enter, for programs.
#[derive(Serialize)]
pub(super) struct Json<'s> {
    sender: &'s str,
    address_field: &'s str,
    address: &'s str,
    secret_field: &'s str,
    /// Whether the sender makes the secret.
    secret_is_theirs: bool,
    besides: &'s str,
}

impl Sender {
    /// The sender called `name`.
    pub(super) fn parse(name: &str) -> Result<&'static Self, String> {
        SENDERS.iter().find(|sender| sender.name == name).ok_or_else(|| {
            let names: Vec<&str> = SENDERS.iter().map(|sender| sender.name).collect();
            format!("there are {}", names.join(", "))
        })
    }

    /// The first sender that signs by `scheme`.
    pub(super) fn of_scheme(scheme: &str) -> Option<&'static Self> {
        SENDERS.iter().find(|sender| sender.scheme == scheme)
    }

    pub(super) fn json<'s>(&'s self, address: &'s str) -> Json<'s> {
        let (Ours(secret_field) | Theirs(secret_field)) = self.secret;
        Json {
            sender: self.name,
            address_field: self.address,
            address,
            secret_field,
            secret_is_theirs: matches!(self.secret, Theirs(_)),
            besides: self.besides,
        }
    }

    /// What to enter, for people. `rotate` is the command that puts another secret in place.
    pub(super) fn lines(&self, address: &str, rotate: &str) -> String {
        let of_address = line(self.address, &printable(address));
        let of_secret = match self.secret {
            Ours(field) => line(field, &format!("what `create` showed; if it is lost: {rotate}")),
            Theirs(field) => {
                let rotate = rotate.trim_matches('`');
                line(
                    field,
                    &format!("{} shows it: keep it with `{rotate} --secret-given`", self.title),
                )
            }
        };
        format!("{of_address}{of_secret}{}", line("besides", self.besides))
    }
}

#[cfg(test)]
mod tests {
    use shared::webhook::Scheme;

    use super::{SENDERS, Sender};

    #[test]
    fn each_named_scheme_but_our_own_has_a_sender() {
        for scheme in Scheme::all() {
            let is_ours = matches!(scheme.as_str(), "portcullis" | "rfc9421");
            assert_eq!(Sender::of_scheme(scheme.as_str()).is_none(), is_ours, "{scheme:?}");
        }
        assert!(SENDERS.iter().all(|sender| Scheme::parse(sender.scheme).is_some()));
    }
}
