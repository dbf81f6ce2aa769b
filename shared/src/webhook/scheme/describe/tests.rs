use serde_json::{Map, Value, json};

use super::super::description::ToldApartBy;
use super::Description;
use crate::record::Fields;

fn read(changes: &Value) -> Result<Description, String> {
    let mut members: Map<String, Value> = [
        ("header".to_owned(), json!("X-Acme-Signature")),
        ("encoding".to_owned(), json!("hex")),
        ("template".to_owned(), json!("{body}")),
    ]
    .into_iter()
    .collect();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    let fields = Fields::from_json(&Value::Object(members).to_string()).unwrap();
    Description::read(&fields).map_err(|error| error.to_string())
}

/// Checks the sentence about the member `name`.
#[track_caller]
fn refuse(changes: Value, name: &str, problem: &str) {
    let sentence = format!("the description's member `{name}` {problem}");
    assert_eq!(read(&changes).unwrap_err(), sentence, "{changes}");
}

#[track_caller]
fn take(changes: Value, told_apart_by: ToldApartBy) {
    assert_eq!(read(&changes).unwrap().told_apart_by(), told_apart_by, "{changes}");
}

#[test]
fn what_may_be_described() {
    use ToldApartBy::{Body, Id, Time};
    take(json!({}), Body);
    take(json!({"prefix": "sha256="}), Body);
    take(json!({"encoding": "base64", "key": "base64", "key_prefix": "whsec_"}), Body);
    take(json!({"encoding": "base64url", "key": "hex"}), Body);
    take(json!({"signatures": "list", "prefix": "v1,"}), Body);
    take(json!({"signatures": "pairs", "signature_key": "s"}), Body);
    take(json!({"template": "v1 of acme: {body}"}), Body);
    take(json!({"template": "{time}.{body}", "time_header": "X-Time"}), Time);
    take(json!({"template": "{time}{body}", "time_header": "X-Time"}), Time);
    take(
        json!({"template": "{time}{body}", "time_header": "X-Time", "time_unit": "milliseconds"}),
        Time,
    );
    take(
        json!({"template": "{time}1{body}", "time_header": "X-Time", "time_unit": "rfc3339"}),
        Time,
    );
    take(
        json!({"signatures": "pairs", "signature_key": "v1", "time_key": "t",
               "template": "{time}.{body}", "window_seconds": 86400}),
        Time,
    );
    take(json!({"template": "{id}.{body}", "id_header": "X-Id"}), Id);
    take(
        json!({"template": "{time}{id}/{body}", "time_header": "T", "id_header": "I",
               "window_seconds": 1}),
        Id,
    );
    // Not in the template: it counts for neither.
    take(json!({"time_header": "X-Time", "id_header": "X-Id"}), Body);
    take(json!({"header": "authorization"}), Body);
}

#[test]
fn templates() {
    let refuse = |template: &str, problem: &str| {
        refuse(
            json!({"template": template, "time_header": "T", "id_header": "I"}),
            "template",
            problem,
        );
    };
    let unknown = "has a placeholder that is none of `{id}`, `{time}` and `{body}`";
    refuse("", "is empty");
    refuse("{id}.{time}", "has no `{body}`");
    refuse("{BODY}", "has no `{body}`");
    refuse("{body}{body}", "has `{body}` twice");
    refuse("{body}.{time}", "has something after `{body}`");
    refuse("{body} ", "has something after `{body}`");
    refuse("{timestamp}.{body}", unknown);
    refuse("{Id}.{body}", unknown);
    refuse("{}{body}", unknown);
    refuse("{{body}", unknown);
    refuse("}{body}", unknown);
    refuse("{id.{body}", unknown);
    refuse("{time}.{time}.{body}", "has a placeholder twice");
    refuse("{id}.{id}.{body}", "has a placeholder twice");
    let shared = "has nothing between `{id}` and what follows: two different deliveries could \
                  be the same bytes";
    refuse("{id}{body}", shared);
    refuse("{id}{time}.{body}", shared);
    refuse("{time}{id}{body}", shared);
    refuse("{id}x{body}", "has a letter or digit after `{id}`: it could be one of the id");
    refuse("{id}0{body}", "has a letter or digit after `{id}`: it could be one of the id");
    refuse("{time}0{body}", "has a digit after `{time}`: it could be one of the time");
    let ascii = "is longer than 128 bytes, or has a character that is not printable ASCII";
    refuse("{time}\n{body}", ascii);
    refuse("ä{body}", ascii);
    refuse(&format!("{}{{body}}", "a".repeat(123)), ascii);
}

#[test]
fn members() {
    for name in ["header", "encoding", "template"] {
        refuse(json!({ name: null }), name, "is missing");
        refuse(json!({ name: "" }), name, "is empty");
        refuse(json!({ name: 7 }), name, "is no string");
        refuse(json!({ name: ["hex"] }), name, "is no string");
    }
    refuse(json!({"scheme": "github"}), "scheme", "is not known here");
    refuse(json!({"Header": "x"}), "Header", "is not known here");
    let encoding = "is none of `hex`, `base64` and `base64url`";
    refuse(json!({"encoding": "HEX"}), "encoding", encoding);
    refuse(json!({"encoding": "sha256"}), "encoding", encoding);
    refuse(json!({"key": "utf8"}), "key", "is none of `text`, `base64` and `hex`");
    let unit = "is none of `seconds`, `milliseconds` and `rfc3339`";
    refuse(json!({"time_unit": "ms"}), "time_unit", unit);
    refuse(json!({"signatures": "one"}), "signatures", "is neither `list` nor `pairs`");

    let blank = "has a blank or another character that cannot stand there";
    for name in ["prefix", "key_prefix"] {
        refuse(json!({ name: "HMAC " }), name, blank);
        refuse(json!({ name: "ä" }), name, blank);
        refuse(json!({ name: "a".repeat(65) }), name, blank);
    }
    for bad in ["a=", "a,b", "a b"] {
        let pairs = json!({"signatures": "pairs", "signature_key": bad});
        refuse(pairs, "signature_key", blank);
        let pairs = json!({"signatures": "pairs", "signature_key": "v", "time_key": bad});
        refuse(pairs, "time_key", blank);
    }
    refuse(
        json!({"signatures": "pairs"}),
        "signature_key",
        "is missing: the signatures are `pairs`",
    );
    refuse(
        json!({"signatures": "pairs", "signature_key": "v1", "prefix": "v1="}),
        "prefix",
        "cannot stand beside `pairs`",
    );
    refuse(json!({"signature_key": "v1"}), "signature_key", "is of `pairs` alone");
    refuse(json!({"time_key": "t"}), "time_key", "is of `pairs` alone");
}

#[test]
fn headers() {
    let name = "is no name of a header: write it without a colon";
    for member in ["header", "time_header", "id_header"] {
        for bad in ["X-Sig:", "X Sig", "X-Sig\n", "ä", ":path", &"a".repeat(65)] {
            refuse(json!({ member: bad }), member, name);
        }
        for bad in [
            "Host",
            "Cookie",
            "content-length",
            "Content-Type",
            "Transfer-Encoding",
            "X-Forwarded-For",
            "x-amzn-trace-id",
            "X-Amz-Date",
            "CloudFront-Viewer-Address",
            "X-Webhook-Id",
            "via",
        ] {
            refuse(json!({ member: bad }), member, "is a header that the gateway sets");
        }
    }
    let same = "names what another member names";
    refuse(json!({"time_header": "x-acme-signature"}), "time_header", same);
    refuse(json!({"id_header": "X-ACME-SIGNATURE"}), "id_header", same);
    refuse(json!({"time_header": "X-A", "id_header": "x-a"}), "id_header", same);
    refuse(json!({"signatures": "pairs", "signature_key": "v", "time_key": "v"}), "time_key", same);
}

#[test]
fn times_and_ids() {
    let time = json!({"template": "{time}.{body}"});
    refuse(time, "time_header", "is missing: the template has `{time}`");
    let id = json!({"template": "{id}.{body}"});
    refuse(id, "id_header", "is missing: the template has `{id}`");
    refuse(
        json!({"signatures": "pairs", "signature_key": "v", "time_key": "t",
               "template": "{time}.{body}", "time_header": "X-Time"}),
        "time_key",
        "is a second time: there is a `time_header`",
    );
    refuse(
        json!({"window_seconds": 300, "time_header": "X-Time"}),
        "window_seconds",
        "has no effect: the template has no `{time}`",
    );
    for bad in [json!(0), json!(86_401), json!(-1), json!(1.5), json!(1e300)] {
        refuse(
            json!({"template": "{time}.{body}", "time_header": "T", "window_seconds": bad}),
            "window_seconds",
            "is no whole number from 1 to 86400",
        );
    }
    refuse(
        json!({"template": "{time}.{body}", "time_header": "T", "window_seconds": "300"}),
        "window_seconds",
        "is no number",
    );
}
