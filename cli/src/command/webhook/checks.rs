//! What of a webhook's arguments can be checked by itself: each check gives the value or a sentence.

use std::time::Duration;

use runtime::printable;
use shared::ids::{DeliveryId, WebhookId};
use shared::network::is_network;

const MAX_NAME_CHARS: usize = 100;
/// As long as a record may say.
const MAX_WINDOW: Duration = Duration::from_hours(30 * 24);

/// A webhook's name.
pub(super) fn name(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("a name has no control characters".to_owned());
    }
    if text.trim().is_empty() || text.chars().count() > MAX_NAME_CHARS {
        return Err(format!("a name has 1 to {MAX_NAME_CHARS} characters"));
    }
    Ok(text.to_owned())
}

/// A webhook's id.
pub(super) fn id(text: &str) -> Result<WebhookId, String> {
    let problem = || "it is no id of a webhook: 1 to 64 letters, digits, `-` and `_`".to_owned();
    WebhookId::parse(text).ok_or_else(problem)
}

/// A delivery's id.
pub(super) fn delivery(text: &str) -> Result<DeliveryId, String> {
    let problem = || {
        "it is no id of a delivery: `delivery_id` of an answer, or `delivery` of the log".to_owned()
    };
    DeliveryId::parse(text).ok_or_else(problem)
}

/// How long a delivery is remembered, or a secret that was replaced still verifies.
pub(super) fn window(text: &str) -> Result<Duration, String> {
    let window = humantime::parse_duration(text);
    let window = window.map_err(|_| {
        "it must be a number with its unit, such as `10m`, or `0` for not at all".to_owned()
    })?;
    match window {
        window if window > MAX_WINDOW => Err("it must be at most 30 days".to_owned()),
        window if window.subsec_nanos() != 0 => Err("it must be whole seconds".to_owned()),
        window => Ok(window),
    }
}

/// A network.
pub(super) fn cidr(text: &str) -> Result<String, String> {
    if is_network(text) {
        return Ok(text.to_owned());
    }
    let text = printable(text);
    Err(format!("`{text}` is no network such as `192.0.2.0/24`, with no bit set behind the prefix"))
}

#[cfg(test)]
mod tests {
    use super::{name, window};

    #[test]
    fn windows() {
        let seconds = |text: &str| window(text).ok().map(|window| window.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("10m"), Some(600));
        assert_eq!(seconds("30d"), Some(2_592_000));
        for bad in ["", "10", "31d", "1ms", "-1s", "ten"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn names() {
        assert!(name(&"ä".repeat(100)).is_ok());
        for bad in ["", " ", "a\n", &"a".repeat(101)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
