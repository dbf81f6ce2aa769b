//! Where the database is, and how to log in.

use runtime::settings::Reader;

use crate::{secrets_manager, url};

const DEFAULT_PORT: u16 = 5432;

/// A database of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `AURORA_HOST`: a name, or an address of the loopback interface.
    pub host: String,
    /// The port in `AURORA_HOST`; 5432 if it has none.
    pub port: u16,
    /// `AURORA_DATABASE`.
    pub name: String,
    /// `AURORA_USER`.
    pub user: String,
    /// `AURORA_AUTH`.
    pub auth: Auth,
    /// `AURORA_CA_FILE`.
    pub ca_file: Option<String>,
}

/// How to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// With a token that the function's own credentials sign.
    Iam,
    /// With the password in this secret of Secrets Manager.
    Secret(String),
}

impl Database {
    /// Reads the settings; `None` if one is missing or wrong, which is a mistake then.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let host = settings.required("AURORA_HOST", "the cluster's or the proxy's host");
        let name = settings.required("AURORA_DATABASE", "the name of the database");
        let user = settings.required("AURORA_USER", "the database role to log in as");
        let auth = settings.required("AURORA_AUTH", "`iam` or `secret:<id>`");
        let ca_file = settings.optional("AURORA_CA_FILE");
        let host_and_port = host_and_port(&host);
        if host_and_port.is_none() && !host.is_empty() {
            settings
                .mistake(format!("`AURORA_HOST` is `{host}`: it must be `host` or `host:port`"));
        }
        let login = Auth::parse(&auth);
        if login.is_none() && !auth.is_empty() {
            settings.mistake("`AURORA_AUTH` is neither `iam` nor `secret:<id>`");
        }
        let (host, port) = host_and_port?;
        Some(Self { host, port, name, user, auth: login?, ca_file })
    }

    /// The setting that names what the function needs a right to, and the IAM actions on it.
    #[must_use]
    pub const fn iam_actions(&self) -> (&'static str, &'static [&'static str]) {
        match self.auth {
            Auth::Iam => ("AURORA_USER", super::IAM_ACTIONS),
            Auth::Secret(_) => ("AURORA_AUTH", secrets_manager::IAM_ACTIONS),
        }
    }

    /// Whether the host is on the loopback interface: what is sent to it never leaves the machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let v6 = self.host.contains(':').then(|| format!("[{}]", self.host));
        url::is_loopback(v6.as_deref().unwrap_or(&self.host)) == Some(true)
    }
}

impl Auth {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("secret:") {
            Some(id) if !id.trim().is_empty() => Some(Self::Secret(id.trim().to_owned())),
            None if text == "iam" => Some(Self::Iam),
            _ => None,
        }
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`; a host of letters, digits, dots and dashes. A path
/// would be a socket, and a comma would begin a second host.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => text.find(':').map_or((text, ""), |colon| text.split_at(colon)),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|port| *port != 0)?,
        None if port.is_empty() => DEFAULT_PORT,
        None => return None,
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let is_name = (1..=253).contains(&host.len()) && host.bytes().all(plain);
    let is_v6 = text.starts_with('[') && host.parse::<std::net::Ipv6Addr>().is_ok();
    (is_v6 || is_name && !text.starts_with('[')).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::{Auth, host_and_port};

    #[test]
    fn host_and_port_are_read() {
        let check = |text: &str, expected: Option<(&str, u16)>| {
            let host_and_port = host_and_port(text);
            assert_eq!(
                host_and_port.as_ref().map(|(host, port)| (host.as_str(), *port)),
                expected,
                "{text}"
            );
        };
        let cluster = "keys.cluster-abc123.eu-central-1.rds.amazonaws.com";
        check(cluster, Some((cluster, 5432)));
        check(&format!("{cluster}:6432"), Some((cluster, 6432)));
        check("localhost", Some(("localhost", 5432)));
        check("127.0.0.1:1", Some(("127.0.0.1", 1)));
        check("[::1]", Some(("::1", 5432)));
        check("[::1]:65535", Some(("::1", 65535)));
        for bad in [
            "",
            ":5432",
            "a:",
            "a:0",
            "a:65536",
            "a:b",
            "a:1:2",
            "::1",
            "[::1",
            "[::1]5432",
            "[a]",
            "[]",
            "/var/run/postgresql",
            "a,b",
            "a b",
            "user@a",
            "postgres://a",
            "a/b",
            "é",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn logins() {
        let check = |text: &str, expected: Option<Auth>| assert_eq!(Auth::parse(text), expected);
        check("iam", Some(Auth::Iam));
        check("secret:portcullis/aurora", Some(Auth::Secret("portcullis/aurora".to_owned())));
        check("secret:", None);
        check("secret: ", None);
        check("IAM", None);
        check("password", None);
        check("", None);
    }
}
