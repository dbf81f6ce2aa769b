//! `portcullis key import`: keys of another system, by their hashes.

mod candidate;
mod lines;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use candidate::Candidate;
use clap::Args;
use lines::Read;
use runtime::printable;
use runtime::settings::Reader;
use serde::Serialize;
use shared::authz::AccessTable;
use shared::hex;
use shared::ids::ApiKeyId;

use super::checks;
use crate::access_table;
use crate::command::key::connection::{Connection, settled};
use crate::command::key::store::{Account, Store, StoreError};
use crate::env::Env;
use crate::exit::{CommandError, Exit};
use crate::text::table;

pub(super) const EXAMPLE: &str = "portcullis key import old-keys.jsonl

  with lines such as (each in one line):
  {\"owner\":\"alice\",\"name\":\"nightly export\",\"scopes\":[\"read-only\"],
   \"sha256\":\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"}";

/// How many keys are imported with one statement.
const BATCH: usize = 500;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file, or `-` for standard input. At most 10,000 lines of at most 16 KiB each.
    file: PathBuf,
    /// Writes a JSON array to standard output, one object a key.
    #[arg(long)]
    json: bool,
}

/// A key that is to be imported, under its new id.
#[derive(Serialize)]
struct Row<'c> {
    id: &'c str,
    sha256: String,
    owner: &'c str,
    name: &'c str,
    scopes: &'c [String],
    allowed_cidrs: Option<&'c [String]>,
    expires_at: Option<f64>,
}

/// A key that was imported.
#[derive(Serialize)]
struct Imported<'c> {
    line: usize,
    id: &'c str,
    owner: &'c str,
    name: &'c str,
}

pub(super) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let mut settings = Reader::new(env.setting);
    let table = access_table::read(&mut settings, env);
    let connection = Connection::read(&mut settings, env);
    let (table, connection) = settled(settings, table.zip(connection))?;
    let Read { candidates, mut mistakes } = read(&arguments.file, env)?;
    let mut store = connection.open(env).await?;
    mistakes.extend(repeated(&candidates));
    mistakes.extend(of_owners(&candidates, &store, &table).await?);
    mistakes.extend(of_hashes(&candidates, &store).await?);
    if !mistakes.is_empty() {
        return Err(refused(mistakes));
    }
    let ids: Result<Vec<_>, _> =
        candidates.iter().map(|_| ApiKeyId::generate(env.random)).collect();
    let keys: Vec<_> = candidates.iter().zip(ids?).collect();
    store.import(&batches(&keys)?).await.map_err(not_imported)?;
    report(&keys, arguments.json, env)
}

fn read(file: &Path, env: &mut Env<'_>) -> Result<Read, CommandError> {
    let read = match file.to_str() {
        Some("-") => lines::read(&mut *env.input, env.now),
        _ => (env.open)(file).and_then(|mut file| lines::read(&mut file, env.now)),
    };
    let name = printable(&file.to_string_lossy());
    let read =
        read.map_err(|error| CommandError::failed(format!("`{name}` cannot be read: {error}")))?;
    if read.candidates.is_empty() && read.mistakes.is_empty() {
        return Err(CommandError::refused(format!("`{name}` has no keys in it")));
    }
    Ok(read)
}

/// A mistake for each line whose hash an earlier line has.
fn repeated(candidates: &[Candidate]) -> Vec<(usize, String)> {
    let mut first = HashMap::new();
    let mut mistakes = Vec::new();
    for candidate in candidates {
        let line = *first.entry(candidate.sha256).or_insert(candidate.line);
        if line != candidate.line {
            mistakes.push((candidate.line, format!("line {line} has the same `sha256`")));
        }
    }
    mistakes
}

async fn of_owners(
    candidates: &[Candidate],
    store: &Store,
    table: &AccessTable,
) -> Result<Vec<(usize, String)>, CommandError> {
    let users: BTreeSet<_> = candidates.iter().map(|candidate| candidate.owner.clone()).collect();
    let accounts = store.accounts(&Vec::from_iter(users)).await?;
    let accounts: HashMap<&str, &Account> =
        accounts.iter().map(|account| (account.user_id.as_str(), account)).collect();
    let problems = candidates.iter().flat_map(|candidate| {
        let Candidate { owner, scopes, line, .. } = candidate;
        let account = accounts.get(owner.as_str()).copied();
        checks::owner(owner, account, scopes, table).into_iter().map(|problem| (*line, problem))
    });
    Ok(problems.collect())
}

async fn of_hashes(
    candidates: &[Candidate],
    store: &Store,
) -> Result<Vec<(usize, String)>, CommandError> {
    let hashes: Vec<&[u8]> = candidates.iter().map(|candidate| &candidate.sha256[..]).collect();
    let known: HashSet<_> = store.imported(&hashes).await?.into_iter().collect();
    let again = candidates.iter().filter(|candidate| known.contains(&candidate.sha256[..]));
    Ok(again.map(|again| (again.line, "this key is imported already".to_owned())).collect())
}

/// All of `mistakes` in the order of the lines.
fn refused(mut mistakes: Vec<(usize, String)>) -> CommandError {
    mistakes.sort_by_key(|(line, _)| *line);
    let sentences = mistakes.iter().map(|(line, mistake)| format!("line {line}: {mistake}"));
    let sentences = sentences.chain(["nothing was imported".to_owned()]).collect();
    CommandError { exit: Exit::Refused, sentences }
}

fn batches(keys: &[(&Candidate, ApiKeyId)]) -> Result<Vec<String>, CommandError> {
    let row = |(candidate, id): &'_ (&Candidate, ApiKeyId)| {
        serde_json::to_value(Row {
            id: id.as_str(),
            sha256: hex::encode(&candidate.sha256),
            owner: &candidate.owner,
            name: &candidate.name,
            scopes: &candidate.scopes,
            allowed_cidrs: candidate.allowed_cidrs.as_deref(),
            expires_at: candidate.expires_at_seconds(),
        })
    };
    let batch = |keys: &[(&Candidate, ApiKeyId)]| {
        let rows: Result<Vec<_>, _> = keys.iter().map(row).collect();
        serde_json::to_string(&rows?)
    };
    let batches: Result<Vec<_>, _> = keys.chunks(BATCH).map(batch).collect();
    batches.map_err(|error| CommandError::failed(error.to_string()))
}

fn not_imported(error: StoreError) -> CommandError {
    if error.is_repetition() {
        let sentence =
            "a key of these was imported by somebody else just now: nothing was imported";
        return CommandError::refused(sentence);
    }
    let sentence = if error.leaves_open() {
        "whether the keys were imported is not known: import them again, which is refused if they \
         were"
    } else {
        "nothing was imported"
    };
    CommandError::from(error).and(sentence)
}

fn report(
    keys: &[(&Candidate, ApiKeyId)],
    json: bool,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let imported: Vec<_> = keys
        .iter()
        .map(|(candidate, id)| {
            let Candidate { line, owner, name, .. } = candidate;
            Imported { line: *line, id: id.as_str(), owner, name }
        })
        .collect();
    let text = if json { in_json(&imported)? } else { in_lines(&imported) };
    env.print(&text).map_err(|problem| problem.and("the keys are imported all the same"))?;
    env.say("The authorizer takes imported keys only with API_KEY_IMPORTED=on.");
    Ok(())
}

fn in_json(imported: &[Imported<'_>]) -> Result<String, CommandError> {
    let text = serde_json::to_string_pretty(imported);
    text.map(|text| text + "\n").map_err(|error| CommandError::failed(error.to_string()))
}

fn in_lines(imported: &[Imported<'_>]) -> String {
    let row = |key: &Imported<'_>| {
        [key.line.to_string(), key.id.to_owned(), printable(key.owner), printable(key.name)]
    };
    let rows: Vec<_> = imported.iter().map(row).collect();
    table(["LINE", "ID", "OWNER", "NAME"], &rows)
}

#[cfg(test)]
mod tests {
    use shared::ids::ApiKeyId;

    use super::candidate::Candidate;
    use super::{batches, refused, repeated};

    fn candidate(line: usize, hash: u8) -> Candidate {
        Candidate {
            line,
            owner: "alice".to_owned(),
            name: "old".to_owned(),
            scopes: vec!["read-only".to_owned()],
            sha256: [hash; 32],
            expires_at: None,
            allowed_cidrs: None,
        }
    }

    #[test]
    fn a_hash_stands_in_one_line() {
        let lines = [candidate(1, 1), candidate(2, 2), candidate(4, 1), candidate(5, 1)];
        let sentence = "line 1 has the same `sha256`".to_owned();
        assert_eq!(repeated(&lines), [(4, sentence.clone()), (5, sentence)]);
    }

    #[test]
    fn mistakes_come_in_the_order_of_the_lines() {
        let mistake = |line, text: &str| (line, text.to_owned());
        let problem = refused(vec![mistake(3, "c"), mistake(1, "a"), mistake(3, "d")]);
        assert_eq!(
            problem.sentences,
            ["line 1: a", "line 3: c", "line 3: d", "nothing was imported"]
        );
    }

    #[test]
    fn keys_travel_in_batches() {
        let candidates: Vec<_> = (0..501).map(|line| candidate(line, 0xa0)).collect();
        let id = || ApiKeyId::parse("EFGHIJKLMNOPQRST").unwrap();
        let keys: Vec<_> = candidates.iter().map(|candidate| (candidate, id())).collect();
        let batches = batches(&keys).unwrap();
        let read = |batch: &str| serde_json::from_str::<Vec<serde_json::Value>>(batch).unwrap();
        let batches: Vec<_> = batches.iter().map(|batch| read(batch)).collect();
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [500, 1]);
        let expected = serde_json::json!({
            "id": "EFGHIJKLMNOPQRST", "sha256": "a0".repeat(32), "owner": "alice", "name": "old",
            "scopes": ["read-only"], "allowed_cidrs": null, "expires_at": null,
        });
        assert_eq!(batches[1][0], expected);
    }
}
