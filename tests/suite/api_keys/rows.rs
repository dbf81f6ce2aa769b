//! What the store says of a key, and who may use it because of that.

use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use shared::authn::{ApiKeyEnvironment, ApiKeyRecord, ApiKeyRules, PresentedApiKey};
use shared::record::Fields;
use shared::secret::Secret;
use shared::time::Timestamp;
use tests::api_keys::{ENVIRONMENT, Row, key, key_of, row};
use tests::events::{http_2, rest_request, rest_token, websocket};
use tests::test_authorizer::{Answer, TestAuthorizer};

use super::{
    NOW, PATH, authorizer, check, edited, invalid, lookup_by_id, outcome, reading, unusable,
};

/// The moment of every decision, in seconds.
const SECONDS: f64 = 1_767_225_660.0;

/// For [`check_row`], one row at a time: to prove the table again for each of them would take long.
static AUTHORIZER: LazyLock<Mutex<TestAuthorizer>> = LazyLock::new(|| Mutex::new(authorizer(&[])));

/// Asks with key number 1, whose row is as `edit` leaves it.
#[track_caller]
fn check_row(edit: impl FnOnce(&mut Row), expected: &str) {
    let authorizer = AUTHORIZER.lock().unwrap_or_else(PoisonError::into_inner);
    authorizer.api_keys.take_lookups();
    authorizer.api_keys.take_touched();
    authorizer.api_keys.put(edited(edit));
    check(&authorizer, &reading(&key(1).value), expected);
    assert_eq!(authorizer.api_keys.take_lookups(), [lookup_by_id(&key(1))]);
    let touched = authorizer.api_keys.take_touched();
    let is_proven = !expected.starts_with("API_KEY_INVALID") && !expected.starts_with("MISC");
    assert_eq!(!touched.is_empty(), is_proven, "{touched:?}");
}

#[track_caller]
fn check_column(edit: impl FnOnce(&mut Row), name: &str, problem: &str) {
    check_row(edit, &unusable(name, problem));
}

#[test]
fn the_clock_of_these_tests() {
    assert_eq!(Timestamp::from_unix_seconds(SECONDS), Some(Timestamp::from_unix_millis(NOW)));
}

#[test]
fn secrets() {
    let wrong = invalid("the key's secret is wrong");
    check_row(|_| {}, "OK");
    check_row(|row| row.hash = key(2).hash.to_vec(), &wrong);
    check_row(|row| row.hash[31] ^= 1, &wrong);
    check_row(|row| row.hash = vec![0; 32], &wrong);
    check_row(|row| row.hash_kind = "whole".to_owned(), &wrong);
    let digits = "is not 32 bytes in hexadecimal digits";
    check_column(|row| row.hash.truncate(31), "hash", digits);
    check_column(|row| row.hash.push(0), "hash", digits);
    check_column(|row| row.hash.clear(), "hash", digits);
    check_column(|row| row.hash_kind = String::new(), "hash_kind", "is empty");
    for other in ["Secret", "secret ", "sha256", "none"] {
        let neither = "is neither `secret` nor `whole`";
        check_column(|row| row.hash_kind = other.to_owned(), "hash_kind", neither);
    }
}

/// Whoever knows an id, which is public, learns nothing of the key that it is of.
#[test]
fn an_unknown_key_and_a_wrong_secret_look_alike() {
    let (known, unknown) = (key(1), key(2));
    for settings in [
        &[][..],
        &[("ON_UNAUTHENTICATED", "deny")],
        &[("RESPONSE", "simple")],
        &[("RESPONSE", "simple"), ("ON_UNAUTHENTICATED", "deny")],
    ] {
        let authorizer = authorizer(settings);
        authorizer.api_keys.put(edited(|row| row.hash = key(3).hash.to_vec()));
        for shape in [rest_request, http_2] {
            let answer =
                |value: &str| authorizer.answer(&shape(&[("x-api-key", value)], "GET", PATH));
            let (wrong, missing) = (answer(&known.value), answer(&unknown.value));
            assert_eq!(wrong.answer, missing.answer);
            assert_eq!(outcome(&wrong), invalid("the key's secret is wrong"));
            assert_eq!(outcome(&missing), invalid("the key is unknown"));
            let names = |answer: &Answer| {
                let line = answer.log.as_object().unwrap();
                // The id of a key that is there is for the operator, and for nobody else.
                line.keys().filter(|name| *name != "api_key_id").cloned().collect::<Vec<_>>()
            };
            assert_eq!(names(&wrong), names(&missing));
            assert_eq!(wrong.log["api_key_id"], known.id.as_str());
        }
        // Nor of what is wrong with it.
        authorizer.api_keys.put(edited(|row| {
            row.hash = key(3).hash.to_vec();
            row.revoked_at = Some(0.0);
            row.hash_kind = "secret".to_owned();
            row.owner.status = "suspended".to_owned();
        }));
        let answer = authorizer.answer(&reading(&known.value));
        assert_eq!(outcome(&answer), invalid("the key's secret is wrong"));
        assert_eq!(authorizer.api_keys.take_touched(), [""; 0]);
    }
}

/// With the secret that belongs to it or with another: the answer is to the question, or it is none.
#[test]
fn a_store_that_answers_with_another_row() {
    let environment = ApiKeyEnvironment::parse(ENVIRONMENT).unwrap();
    let rules = ApiKeyRules { environment, imported: false };
    let value = key(1).value;
    let presented = PresentedApiKey::read(Secret::new(&value), &rules).ok().unwrap();
    let check = |row: &Row, reason: &str| {
        let proven =
            presented.verify(Some(&row.record().unwrap()), None, Timestamp::from_unix_millis(NOW));
        assert_eq!(
            proven.err().map(|denial| denial.reason.into_owned()).unwrap_or_default(),
            reason
        );
    };
    let own = row(&key(1), &["admin"]);
    check(&own, "");
    check(&row(&key(2), &["admin"]), "the key's secret is wrong");
    let id = key(2).id.as_str().to_owned();
    check(&Row { id, ..own.clone() }, "the record is that of another key");
    let id = own.id.to_lowercase();
    check(&Row { id, ..own.clone() }, "the record is that of another key");
    // Of another environment with the same id: the prefix is part of no hash but that of the whole.
    assert_ne!(*key_of("dev", 1).value, *value);
    check(&row(&key_of("dev", 1), &["admin"]), "");
    let whole = "whole".to_owned();
    check(&Row { hash_kind: whole, ..own }, "the key's secret is wrong");
}

#[test]
fn ends() {
    let revoked = invalid("the key is revoked");
    for at in [0.0, SECONDS - 1.0, SECONDS, SECONDS + 1.0, -1.0, f64::INFINITY, f64::NAN] {
        check_row(|row| row.revoked_at = Some(at), &revoked);
    }
    let expired = invalid("the key has expired");
    check_row(|row| row.expires_at = Some(SECONDS + 1.0), "OK");
    check_row(|row| row.expires_at = Some(9_007_199_254_740_992.0), "OK");
    for at in [SECONDS, SECONDS - 1.0, 0.0, -0.0, SECONDS + 0.000_9] {
        check_row(|row| row.expires_at = Some(at), &expired);
    }
    let beyond = 9_007_199_254_740_994.0;
    let no_moments = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -1.0, -0.001, beyond, f64::MAX];
    for at in no_moments {
        check_column(|row| row.expires_at = Some(at), "expires_at", "is not a time");
        check_column(|row| row.last_used_at = Some(at), "last_used_at", "is not a time");
        check_column(
            |row| {
                row.replaced_by = Some(key(2).id.as_str().to_owned());
                row.grace_until = Some(at);
            },
            "grace_until",
            "is not a time",
        );
    }
    // What ended first is said first.
    check_row(
        |row| {
            row.revoked_at = Some(0.0);
            row.expires_at = Some(0.0);
        },
        &revoked,
    );
}

#[test]
fn graces() {
    let over = invalid("the key was replaced and its grace is over");
    let check_grace = |until: f64, expected: &str| {
        let replaced = |row: &mut Row| {
            row.replaced_by = Some(key(2).id.as_str().to_owned());
            row.grace_until = Some(until);
        };
        check_row(replaced, expected);
    };
    check_grace(SECONDS + 1.0, "OK");
    check_grace(SECONDS, &over);
    check_grace(SECONDS - 1.0, &over);
    check_grace(0.0, &over);
    check_column(|row| row.replaced_by = Some("x".to_owned()), "grace_until", "is missing");
    check_column(|row| row.grace_until = Some(SECONDS + 1.0), "replaced_by", "is missing");
    // A grace does not outlive the key.
    check_row(
        |row| {
            row.replaced_by = Some("x".to_owned());
            row.grace_until = Some(SECONDS + 10.0);
            row.expires_at = Some(SECONDS);
        },
        &invalid("the key has expired"),
    );
}

/// To the millisecond: until the moment it is taken, from the moment on it is not.
#[test]
fn the_last_millisecond() {
    let mut authorizer = authorizer(&[]);
    let replaced = edited(|row| {
        row.replaced_by = Some("x".to_owned());
        row.grace_until = Some(SECONDS);
    });
    for (row, reason) in [
        (edited(|row| row.expires_at = Some(SECONDS)), "the key has expired"),
        (replaced, "the key was replaced and its grace is over"),
    ] {
        authorizer.api_keys.put(row);
        let reason = invalid(reason);
        for (now, expected) in [(NOW - 1, "OK"), (NOW, reason.as_str()), (NOW + 1, &reason)] {
            authorizer.now = Timestamp::from_unix_millis(now);
            check(&authorizer, &reading(&key(1).value), expected);
        }
    }
}

#[test]
fn owners() {
    let suspended = invalid("the key's owner is suspended");
    check_row(|row| row.owner.status = "suspended".to_owned(), &suspended);
    check_column(|row| row.owner.status.clear(), "status", "is empty");
    for status in ["Active", "deleted", "active "] {
        let neither = "is neither `active` nor `suspended`";
        check_column(|row| row.owner.status = status.to_owned(), "status", neither);
    }
    check_column(|row| row.owner.user_id.clear(), "user_id", "is empty");
    for user in ["a b", "é", "*", &"x".repeat(129)] {
        check_column(|row| row.owner.user_id = user.to_owned(), "user_id", "is no user id");
    }
    check_column(|row| row.owner.tenant_id.clear(), "tenant_id", "is empty");
    for tenant in [".", "..", "a/b", "a*", "${x}", &"x".repeat(65)] {
        check_column(|row| row.owner.tenant_id = tenant.to_owned(), "tenant_id", "is no tenant id");
    }
    let unknown = "INSUFFICIENT_ROLE: the role is not in the access table";
    for role in ["", "wizard", "Viewer", "service_account", "viewer super_admin"] {
        check_row(|row| row.owner.role = role.to_owned(), unknown);
    }
    let reserved = "TENANT_MISMATCH: the tenant id is also a path segment of a route";
    check_row(|row| row.owner.tenant_id = "reports".to_owned(), reserved);
}

#[test]
fn scopes() {
    let lack = "INSUFFICIENT_ROLE: the role or the scopes lack the permission";
    let check_scopes = |scopes: &[&str], expected: &str| {
        check_row(|row| row.scopes = scopes.iter().map(|s| (*s).to_owned()).collect(), expected);
    };
    check_scopes(&["read-only"], "OK");
    check_scopes(&["wizard", "read-only", "read-only"], "OK");
    check_scopes(&[], lack);
    check_scopes(&["wizard"], lack);
    check_scopes(&["Read-Only"], lack);
    check_scopes(&["stackflow/api.read"], lack);
    check_scopes(&["*"], lack);
    check_scopes(&["read-only"; 32], "OK");
    check_scopes(&["read-only"; 33], &unusable("scopes", "has more than 32 items"));
    let strange = unusable("scopes", "has an item that is no scope");
    check_scopes(&["read-only", ""], &strange);
    check_scopes(&["wizard read-only"], &strange);
    check_scopes(&[" "], &strange);
}

/// One millisecond the owner may, the next no longer: nothing is remembered.
#[test]
fn a_role_that_is_lowered_counts_at_once() {
    let authorizer = authorizer(&[]);
    let write = rest_request(&[("x-api-key", &*key(1).value)], "POST", PATH);
    let admin = |role: &str| {
        let mut row = row(&key(1), &["admin"]);
        row.owner.role = role.to_owned();
        row
    };
    authorizer.api_keys.put(admin("super_admin"));
    check(&authorizer, &write, "OK");
    authorizer.api_keys.put(admin("viewer"));
    let lack = "INSUFFICIENT_ROLE: the role or the scopes lack the permission";
    check(&authorizer, &write, lack);
    check(&authorizer, &reading(&key(1).value), "OK");
    authorizer.api_keys.put(admin("itsm_agent"));
    check(&authorizer, &write, "OK");
    // A use is one of the key, whether or not it was permitted.
    assert_eq!(authorizer.api_keys.take_touched(), vec![key(1).id.as_str(); 4]);
}

#[test]
fn the_tenant_is_the_owners() {
    let authorizer = authorizer(&[]);
    let answer = |own: &str, path: &str, headers: &[(&str, &str)], expected: &str| {
        authorizer.api_keys.put(edited(|row| row.owner.tenant_id = own.to_owned()));
        let value = key(1).value;
        let headers = [headers, &[("x-api-key", value.as_str())]].concat();
        check(&authorizer, &rest_request(&headers, "GET", path), expected);
    };
    let (reports, costs) = ("/api/tenants/acme/reports", "/api/cloud/costs");
    let other = "TENANT_MISMATCH: the request names another tenant";
    answer("acme", reports, &[], "OK");
    answer("globex", reports, &[], other);
    answer("ACME", reports, &[], other);
    answer("acme", costs, &[("X-Tenant-Id", "acme")], "OK");
    answer("globex", costs, &[("X-Tenant-Id", "acme")], other);
    answer("acme", costs, &[], "TENANT_MISMATCH: the request names no tenant");
}

/// `events`: where the key is used from, by kind of event.
fn from(source: &Value) -> [Value; 3] {
    let value = key(1).value;
    let header = [("x-api-key", value.as_str())];
    let (mut rest, mut http, mut socket) =
        (rest_request(&header, "GET", PATH), http_2(&header, "GET", PATH), websocket(&header, &[]));
    rest["requestContext"]["identity"]["sourceIp"] = source.clone();
    http["requestContext"]["http"]["sourceIp"] = source.clone();
    socket["requestContext"]["identity"]["sourceIp"] = source.clone();
    [rest, http, socket]
}

#[test]
fn sources() {
    let authorizer = authorizer(&[]);
    let check_from = |networks: &[&str], source: &Value, expected: &str| {
        let networks = networks.iter().map(|network| (*network).to_owned()).collect();
        authorizer.api_keys.put(edited(|row| row.allowed_cidrs = Some(networks)));
        for event in from(source) {
            check(&authorizer, &event, expected);
        }
    };
    let elsewhere = invalid("the source address is none of the key's");
    let (v4, v6) = (["203.0.113.0/24"], ["2001:db8::/32"]);
    check_from(&v4, &json!("203.0.113.0"), "OK");
    check_from(&v4, &json!("203.0.113.255"), "OK");
    check_from(&v4, &json!("203.0.114.0"), &elsewhere);
    check_from(&v4, &json!("::ffff:203.0.113.7"), "OK");
    check_from(&v4, &json!("::ffff:203.0.114.7"), &elsewhere);
    check_from(&v4, &json!("::203.0.113.7"), &elsewhere);
    check_from(&v4, &json!("2001:db8::1"), &elsewhere);
    check_from(&v6, &json!("2001:db8::1"), "OK");
    check_from(&v6, &json!("2001:0DB8:0:0:0:0:0:1"), "OK");
    check_from(&v6, &json!("2001:db9::1"), &elsewhere);
    check_from(&v6, &json!("203.0.113.7"), &elsewhere);
    check_from(&["2001:db8::/32", "203.0.113.7"], &json!("203.0.113.7"), "OK");
    check_from(&["203.0.113.7/32"], &json!("203.0.113.8"), &elsewhere);
    check_from(&["0.0.0.0/0"], &json!("198.51.100.1"), "OK");
    check_from(&["0.0.0.0/0"], &json!("2001:db8::1"), &elsewhere);
    check_from(&["::/0"], &json!("203.0.113.7"), &elsewhere);
    let unclear = unusable("allowed_cidrs", "is no list of 1 to 64 networks");
    check_from(&["::ffff:203.0.113.0/120"], &json!("203.0.113.7"), &unclear);
    let nowhere = invalid("the event names no source address");
    for source in
        [json!(null), json!(""), json!("x"), json!("203.0.113.7:443"), json!("203.0.113.007")]
    {
        check_from(&["0.0.0.0/0", "::/0"], &source, &nowhere);
    }
    // A `TOKEN` event has none.
    check(&authorizer, &rest_token(&key(1).value, "GET", PATH), &nowhere);
    authorizer.api_keys.put(edited(|_| {}));
    check(&authorizer, &rest_token(&key(1).value, "GET", PATH), "OK");
    for event in from(&Value::Null) {
        check(&authorizer, &event, "OK");
    }
}

#[test]
fn networks() {
    let networks = |all: &[&str]| Some(all.iter().map(|one| (*one).to_owned()).collect());
    check_row(|row| row.allowed_cidrs = networks(&["203.0.113.7/32"; 64]), "OK");
    for bad in [
        &[][..],
        &["203.0.113.7/32"; 65],
        &[""],
        &["203.0.113.0/24", "everywhere"],
        &["203.0.113.7/24"],
        &["203.0.113.0/33"],
        &["203.0.113.0/255.255.255.0"],
        &["*"],
        &[" 203.0.113.0/24"],
    ] {
        let problem = "is no list of 1 to 64 networks";
        check_column(|row| row.allowed_cidrs = networks(bad), "allowed_cidrs", problem);
    }
}

/// Every column must be there, `null` included, and no other: a row of another schema is not taken.
#[test]
fn columns() {
    let good = row(&key(1), &["read-only"]).columns();
    let check = |change: &dyn Fn(&mut Map<String, Value>), expected: &str| {
        let mut columns = good.clone();
        change(columns.as_object_mut().unwrap());
        let fields = Fields::from_json(&columns.to_string()).unwrap();
        let error = ApiKeyRecord::read(&fields).err().map(|error| error.to_string());
        assert_eq!(error.unwrap_or_default(), expected);
    };
    check(&|_| {}, "");
    for name in good.as_object().unwrap().keys() {
        let missing = format!("the key's column `{name}` is missing");
        check(&|columns| drop(columns.remove(name)), &missing);
        let mistyped = |columns: &mut Map<String, Value>| columns[name] = json!({});
        let mut columns = good.clone();
        mistyped(columns.as_object_mut().unwrap());
        let fields = Fields::from_json(&columns.to_string()).unwrap();
        // Whatever stands there: somebody wanted the key to end.
        let is_taken = ApiKeyRecord::read(&fields).is_ok();
        assert_eq!(is_taken, name == "revoked_at", "{name}");
    }
    let unknown = "the key's column `further` is not known here";
    check(&|columns| drop(columns.insert("further".to_owned(), json!(null))), unknown);
    let odd = "the key's column `a\\n` is not known here";
    check(&|columns| drop(columns.insert("a\n".to_owned(), json!(1))), odd);
    for bad in ["", "null", "[]", "{", "{} {}"] {
        assert_eq!(Fields::from_json(bad), None, "{bad}");
    }
}
