//! Gateway responses that an operator customized.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html>

use std::collections::BTreeMap;

use super::{Response, ResponseType, Variables, template};
use crate::gateway::api::ApiError;
use crate::gateway::trace::Note;

/// A customized gateway response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayResponse {
    /// The status; `None` keeps that of the type.
    pub status: Option<u16>,
    /// `gatewayresponse.header.{name}` with `'a value'`, `context.{name}`, `stageVariables.{name}`,
    /// `method.request.header.{name}` or `method.request.querystring.{name}`.
    pub parameters: Vec<(String, String)>,
    /// Media types with their templates; the first is used unless one is `application/json`.
    pub templates: Vec<(String, String)>,
}

/// A gateway response, read.
#[derive(Debug)]
pub(in crate::gateway) struct Customized {
    status: Option<u16>,
    headers: Vec<(String, Parameter)>,
    /// The media type and the template.
    template: Option<(String, String)>,
    notes: Vec<Note>,
}

/// Where the value of a header comes from.
#[derive(Debug, PartialEq, Eq)]
enum Parameter {
    Literal(String),
    Context(String),
    StageVariable(String),
    Header(String),
    Query(String),
}

/// The customized gateway responses of an API.
#[derive(Debug, Default)]
pub(in crate::gateway) struct GatewayResponses(
    pub(in crate::gateway) BTreeMap<ResponseType, Customized>,
);

impl GatewayResponses {
    /// That of the type, else that of all 4xx or 5xx.
    pub(super) fn find(&self, of_type: ResponseType) -> Option<&Customized> {
        self.0.get(&of_type).or_else(|| self.0.get(&of_type.class()))
    }
}

/// What AWS sends where there is no template.
const TEMPLATE: (&str, &str) = ("application/json", r#"{"message":$context.error.messageString}"#);

impl Customized {
    /// Reads `response`.
    ///
    /// # Errors
    /// Its status or one of its parameters is none.
    pub(in crate::gateway) fn read(
        of_type: ResponseType,
        response: &GatewayResponse,
    ) -> Result<Self, ApiError> {
        let error = |what: &str| ApiError(format!("gateway response {}: {what}", of_type.as_str()));
        if response.status.is_some_and(|status| !(100..600).contains(&status)) {
            return Err(error("the status is none of HTTP"));
        }
        let headers = response.parameters.iter().map(|(name, value)| {
            let header = name.strip_prefix("gatewayresponse.header.").filter(|name| is_token(name));
            let header = header.ok_or_else(|| error("a parameter is no header"))?;
            let value = Parameter::parse(value);
            Ok((header.to_owned(), value.ok_or_else(|| error("a parameter has no value"))?))
        });
        let json = response.templates.iter().find(|(media, _)| media == TEMPLATE.0);
        let own = json.or_else(|| response.templates.first()).cloned();
        let mut notes = Vec::new();
        if response.templates.len() > 1 {
            notes.push(Note::assumed("which of several templates is used"));
        }
        Ok(Self {
            status: response.status,
            headers: headers.collect::<Result<_, _>>()?,
            template: own,
            notes,
        })
    }

    pub(super) fn render(&self, variables: &Variables<'_>, notes: &mut Vec<Note>) -> Response {
        notes.extend(self.notes.iter().cloned());
        if self.template.is_none() && variables.of_type == ResponseType::AccessDenied {
            notes.push(Note::assumed("the body of a gateway response without a template"));
        }
        let own = self.template.as_ref().map(|(media, own)| (media.as_str(), own.as_str()));
        let (media, template) = own.unwrap_or(TEMPLATE);
        let mut headers = vec![("Content-Type".to_owned(), media.to_owned())];
        for (name, parameter) in &self.headers {
            match parameter.value(variables) {
                Some(value) if is_field_value(&value) => headers.push((name.clone(), value)),
                Some(_) => {
                    notes.push(Note::assumed("a header whose value has a line end is left out"))
                }
                None => notes.push(Note::assumed("a header without a value is left out")),
            }
        }
        Response {
            status: self.status.unwrap_or_else(|| variables.of_type.status()),
            headers,
            body: template::render(template, |name| variables.value(name), notes),
        }
    }
}

impl Parameter {
    fn parse(text: &str) -> Option<Self> {
        if let Some(literal) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            return is_field_value(literal).then(|| Self::Literal(literal.to_owned()));
        }
        let (make, name): (fn(String) -> Self, &str) =
            if let Some(name) = text.strip_prefix("context.") {
                (Self::Context, name)
            } else if let Some(name) = text.strip_prefix("stageVariables.") {
                (Self::StageVariable, name)
            } else if let Some(name) = text.strip_prefix("method.request.header.") {
                (Self::Header, name)
            } else {
                (Self::Query, text.strip_prefix("method.request.querystring.")?)
            };
        (!name.is_empty()).then(|| make(name.to_owned()))
    }

    fn value(&self, variables: &Variables<'_>) -> Option<String> {
        let received = variables.received;
        match self {
            Self::Literal(text) => Some(text.clone()),
            Self::Context(name) => variables.value(name),
            Self::StageVariable(name) => received.api.stage_variables.get(name).cloned(),
            Self::Header(name) => received.incoming.header(name).last().map(str::to_owned),
            Self::Query(name) => {
                let mut named = received.query.iter().filter(|(own, _)| own == name);
                named.next_back().map(|(_, value)| value.clone())
            }
        }
    }
}

/// Whether `text` can be the name of a header (RFC 9110 §5.6.2).
fn is_token(text: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(token)
}

fn is_field_value(text: &str) -> bool {
    !text.contains(char::is_control)
}
