//! A decision on an API key, its question to a real PostgreSQL included, next to a bare `SELECT` over
//! the same connection.

use shared::time::Timestamp;
use tests::api_keys::key;
use tests::postgres::{Cluster, Database};
use tests::test_key_authorizer::{TestKeyAuthorizer, insert_account, insert_key, reading};
use tokio_postgres::types::Type;

use crate::Result;
use crate::measure::interleave;
use crate::report::{Aim, Row};

const KEYS: u64 = 1024;
/// How often every key is presented.
const PASSES: usize = 4;

/// The least that a question can be, and one that finds a row by its primary key.
const NOTHING: &str = "SELECT 1";
const ROW: &str = "SELECT id, hash, scopes FROM portcullis.api_keys WHERE id = $1";

pub(crate) fn decisions(cluster: &Cluster) -> Result<Vec<Row>> {
    let database = Database::new(cluster);
    insert_account(&database, "u-1", "super_admin");
    let keys: Vec<_> = (0..KEYS).map(key).collect();
    for key in &keys {
        insert_key(&database, key, "u-1");
    }
    // Nothing is due to be written down while it is measured.
    database.execute("UPDATE portcullis.api_keys SET last_used_at = 'epoch'::timestamptz + interval '40000 days'");
    database.execute("VACUUM ANALYZE portcullis.api_keys");
    let authorizer = TestKeyAuthorizer::of_superuser(&database)?;
    let events: Vec<_> = keys
        .iter()
        .cycle()
        .take(keys.len() * PASSES)
        .map(|key| (key.id.as_str().to_owned(), reading(&key.value).to_string()))
        .collect();
    let decide = |(_, event): &(String, String)| match authorizer.decide(event.as_bytes()) {
        true => Ok(()),
        false => Err("the decision is no Allow".into()),
    };
    // The connection is opened before anything is measured.
    events.first().map_or(Ok(()), decide)?;
    let query = |sql, with_id: bool| {
        let authorizer = &authorizer;
        move |(id, _): &(String, String)| {
            let parameters = [(id as _, Type::TEXT)];
            let parameters = if with_id { &parameters[..] } else { &[] };
            let rows = authorizer.select(sql, parameters, Timestamp::default());
            if rows? == 1 { Ok(()) } else { Err("not one row".into()) }
        }
    };
    let [nothing, decision] = interleave(&events, query(NOTHING, false), decide)?;
    let [row, again] = interleave(&events, query(ROW, true), decide)?;
    let rows = |measure, floor, ours, aim| Row { measure, unit: "µs", floor, ours, aim };
    let aim = || Some(Aim::times(1.3));
    Ok(vec![
        rows("key decision, `SELECT` of a row, median", row.median(), again.median(), aim()),
        rows("key decision, `SELECT` of a row, minimum", row.minimum(), again.minimum(), aim()),
        rows("key decision, `SELECT 1`, median", nothing.median(), decision.median(), None),
        rows("key decision, `SELECT 1`, minimum", nothing.minimum(), decision.minimum(), None),
    ])
}
