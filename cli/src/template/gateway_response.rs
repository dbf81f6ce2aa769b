//! Gateway responses: what a REST API answers by itself.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-gatewayresponse.html>

use super::unresolved::Unknown;
use super::{Concern, Template};
use crate::yaml::Node;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GatewayResponse {
    /// The logical id of its API.
    pub(crate) api: String,
    pub(crate) line: usize,
    /// Such as `UNAUTHORIZED`.
    pub(crate) response_type: String,
    /// Whether it sets `Access-Control-Allow-Origin`.
    pub(crate) allows_origins: bool,
    /// `None` if it cannot be known.
    pub(crate) content: Option<ResponseContent>,
}

/// What a gateway response consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResponseContent {
    /// As it is written.
    pub(crate) status: Option<String>,
    /// `gatewayresponse.header.{name}`, and what its value is.
    pub(crate) parameters: Vec<(String, String)>,
    /// Media types with their templates.
    pub(crate) templates: Vec<(String, String)>,
}

/// The parts of a gateway response, however its members are called.
pub(super) struct Parts<'n> {
    pub(super) line: usize,
    pub(super) status: Option<&'n Node>,
    pub(super) parameters: Option<&'n Node>,
    /// What is missing before the names of the parameters.
    pub(super) prefix: &'static str,
    pub(super) templates: Option<&'n Node>,
}

impl Parts<'_> {
    /// Adds the response of this type to the API `api`.
    pub(super) fn read(&self, api: &str, response_type: &str, template: &mut Template) {
        let response = GatewayResponse {
            api: api.to_owned(),
            line: self.line,
            response_type: response_type.to_owned(),
            allows_origins: allows_origins(self.parameters),
            content: self.content(response_type, template).ok(),
        };
        template.gateway_responses.push(response);
    }

    fn content(&self, of: &str, template: &mut Template) -> Result<ResponseContent, Unknown> {
        let what = format!("the status of the gateway response `{of}`");
        let status = template.word_for(Concern::Answer, self.status, &what);
        let parameters = words(self.parameters, of, self.prefix, template);
        let templates = words(self.templates, of, "", template);
        Ok(ResponseContent { status: status?, parameters: parameters?, templates: templates? })
    }
}

/// The members of `node`, each a text.
fn words(
    node: Option<&Node>,
    of: &str,
    prefix: &str,
    template: &mut Template,
) -> Result<Vec<(String, String)>, Unknown> {
    let Some(node) = node else { return Ok(Vec::new()) };
    if node.members().is_empty() || super::intrinsic::intrinsic(node).is_some() {
        let what = format!("a part of the gateway response `{of}`");
        return template.word_for(Concern::Answer, Some(node), &what).map(|_| Vec::new());
    }
    let mut found = Ok(Vec::new());
    for (name, value) in node.members() {
        let what = format!("`{name}` of the gateway response `{of}`");
        match (template.word_for(Concern::Answer, Some(value), &what), &mut found) {
            (Ok(Some(text)), Ok(found)) => found.push((format!("{prefix}{name}"), text)),
            (Ok(_), _) => {}
            (Err(Unknown), _) => found = Err(Unknown),
        }
    }
    found
}

/// `gatewayresponse.header.Access-Control-Allow-Origin`, in any case.
fn allows_origins(parameters: Option<&Node>) -> bool {
    let names = parameters.map_or(&[][..], Node::members).iter().map(|(name, _)| name);
    let header = |name: &String| name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    names.into_iter().any(|name| header(name) == "access-control-allow-origin")
}
