//! `[gateway]`: what the author of a table says about the API. It decides which policies are right, so
//! none of it has a default.

use crate::authz::table::document::Entry;
use crate::authz::table::read::{Reader, listed};

/// What a policy says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyExtent {
    /// All that the caller may do. Right for as long as API Gateway caches it by the credential.
    #[default]
    Caller,
    /// The requested method and path. Right if API Gateway caches nothing, or by method and path too.
    Request,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::authz) struct Gateway {
    /// `routes = "closed"`: the API has the methods of the table and no others.
    pub(in crate::authz) closed: bool,
    /// `resource_policy = "allows"`: what a policy does not deny, a resource policy may allow.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
    pub(in crate::authz) resource_policy_allows: bool,
    /// `policy`.
    pub(in crate::authz) policy: PolicyExtent,
    /// `preflight = "public"`: `OPTIONS` needs no credential, on every route of the table.
    pub(in crate::authz) public_preflight: bool,
}

/// A key of `[gateway]` and its two words, with what each means.
type Choice = (&'static str, [(&'static str, &'static str); 2]);

const ROUTES: Choice = (
    "routes",
    [
        ("closed", "the API has exactly the methods of this table"),
        ("open", "it may have more, such as `ANY`, `{proxy+}` or `$default`"),
    ],
);
const RESOURCE_POLICY: Choice = (
    "resource_policy",
    [
        ("none", "the API has no resource policy"),
        ("allows", "it has one, as every private API has"),
    ],
);
const POLICY: Choice = (
    "policy",
    [
        ("caller", "an answer says all that the caller may do"),
        ("request", "it says whether the requested method and path are allowed"),
    ],
);
const REQUIRED: [Choice; 3] = [ROUTES, RESOURCE_POLICY, POLICY];

impl Reader<'_, '_> {
    /// Reads `[gateway]`; `None` is a table without one.
    pub(in crate::authz) fn gateway(&mut self, entry: Option<&Entry<'_>>) {
        let Some(entry) = entry else {
            return self.mistake(1, format!("the table has no `[gateway]`: {}", example()));
        };
        let line = entry.line;
        self.table.gateway_line = line;
        let mut said = Vec::new();
        for entry in entry.table(self.mistakes) {
            said.push(entry.key);
            match entry.key {
                "routes" => self.table.gateway.closed = self.is_first(&entry, ROUTES),
                "resource_policy" => {
                    self.table.gateway.resource_policy_allows =
                        !self.is_first(&entry, RESOURCE_POLICY);
                }
                "policy" if self.is_first(&entry, POLICY) => {}
                "policy" => self.table.gateway.policy = PolicyExtent::Request,
                "preflight" if entry.value.as_str() == Some("public") => {
                    self.table.gateway.public_preflight = true;
                }
                "preflight" => self.mistake(entry.line, "`preflight` is `public` or left out"),
                key => {
                    let keys = REQUIRED.map(|(key, _)| key).into_iter().chain(["preflight"]);
                    let text =
                        format!("unknown key `{key}` in `gateway`; keys are {}", listed(keys));
                    self.mistake(entry.line, text);
                }
            }
        }
        for choice in REQUIRED.into_iter().filter(|(key, _)| !said.contains(key)) {
            self.mistake(
                line,
                format!("`gateway` does not say `{}`: {}", choice.0, meaning(choice)),
            );
        }
    }

    /// Whether `entry` is the first word of `choice`; a mistake if it is neither.
    fn is_first(&mut self, entry: &Entry<'_>, choice: Choice) -> bool {
        let [(first, _), (second, _)] = choice.1;
        let value = entry.value.as_str();
        if value != Some(first) && value != Some(second) {
            self.mistake(entry.line, format!("`{}` is {}", choice.0, meaning(choice)));
        }
        value == Some(first)
    }
}

/// Both words with their meaning.
fn meaning((_, [(first, if_first), (second, if_second)]): Choice) -> String {
    format!("`{first}` ({if_first}) or `{second}` ({if_second})")
}

fn example() -> String {
    let lines = REQUIRED
        .map(|(key, [(first, _), (second, _)])| format!("`{key}` (`{first}` or `{second}`)"));
    format!("it says {}", lines.join(", "))
}
