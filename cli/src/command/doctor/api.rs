//! The API: whether it answers, and what its refusals look like.

use oauth2::HttpResponse;
use oauth2::http::Request;
use runtime::printable;
use serde_json::Value;

use super::check::{Check, Group};
use crate::exit::CommandError;
use crate::oauth::Http;
use crate::profile::Profile;

/// A page that could show what the API says, for CORS.
const ORIGIN: &str = "https://portcullis-doctor.invalid";

/// Asks the API, without a credential, for `route` or for its root.
///
/// # Errors
/// It does not answer.
pub(super) async fn ask(
    profile: &Profile,
    route: Option<&str>,
    http: &Http,
) -> Result<HttpResponse, CommandError> {
    let base = profile.config.api_url.trim_end_matches('/');
    let url = match route {
        Some(route) => format!("{base}/{}", route.trim_start_matches('/')),
        None => base.to_owned(),
    };
    let request = Request::get(&url).header("Origin", ORIGIN).body(Vec::new());
    let unbuilt = |_| CommandError::usage("`--route` is no path");
    Ok(http.send(request.map_err(unbuilt)?).await?)
}

/// What the answer says.
pub(super) fn look(
    profile: &Profile,
    route: Option<&str>,
    answer: Result<HttpResponse, CommandError>,
) -> Vec<Check> {
    let host = profile.config.host();
    match answer {
        Err(error) => {
            let remedy = "look at the network, or paste the bundle again: `portcullis configure --from-bundle -`";
            vec![
                Check::wrong(Group::Api, error.sentences.join("; "), remedy),
                Check::unknown(Group::Answers, "the API did not answer", "see `api`"),
            ]
        }
        Ok(answer) => {
            let status = answer.status().as_u16();
            let sentence = format!("`{host}` answers {status}");
            let api = match status {
                500.. => Check::wrong(
                    Group::Api,
                    sentence,
                    "look at the decision log: the authorizer or the backend fails",
                ),
                _ => Check::ok(Group::Api, sentence),
            };
            std::iter::once(api).chain(refusal(route, &answer)).collect()
        }
    }
}

/// What a caller without a credential gets to see.
fn refusal(route: Option<&str>, answer: &HttpResponse) -> Vec<Check> {
    const GROUP: Group = Group::Answers;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let status = answer.status().as_u16();
    let is_no_route =
        header("x-amzn-errortype").is_some_and(|kind| kind.starts_with("MissingAuthentication"));
    if !matches!(status, 401 | 403) || is_no_route {
        let (sentence, remedy) = match route {
            None => (
                "the root of the API refuses nothing".to_owned(),
                "name a protected route: `--route /incidents`",
            ),
            Some(route) => (
                format!("`{}` answers {status} and refuses nothing", printable(route)),
                "name a route that the access table protects",
            ),
        };
        return vec![Check::unknown(GROUP, sentence, remedy)];
    }
    let cors = match header("access-control-allow-origin") {
        Some(_) => Check::ok(GROUP, format!("a {status} has CORS headers")),
        None => Check::wrong(
            GROUP,
            format!(
                "a {status} has no `Access-Control-Allow-Origin`: a script does not see why it is refused"
            ),
            "add the header to the gateway responses, or set CORS up at the HTTP API",
        ),
    };
    let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
    let has_code = body.is_some_and(|body| body.get("code").and_then(Value::as_str).is_some());
    let is_http_api = header("apigw-requestid").is_some() && header("x-amz-apigw-id").is_none();
    let code = match (has_code, is_http_api) {
        (true, _) => Check::ok(GROUP, format!("a {status} says a code")),
        (false, true) => Check::warning(
            GROUP,
            format!("a {status} says no code: an HTTP API has no gateway responses"),
            "find the code in the decision log",
        ),
        (false, false) => Check::wrong(
            GROUP,
            format!("a {status} says no code"),
            "add the gateway responses `ACCESS_DENIED` and `UNAUTHORIZED` of docs/concepts.md",
        ),
    };
    vec![code, cors]
}
