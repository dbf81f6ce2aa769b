//! Access tables of real APIs, and of 500 routes of one shape: what their policies weigh, and how long
//! compiling and proving them takes. Each proof is a process of its own, so that its peak memory counts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use shared::authz::AccessTable;
use tests::events::{PREFIX, rest_token};
use tests::mint::{Signer, id_claims};
use tests::shapes;
use tests::test_authorizer::TestAuthorizer;

use crate::Result;

/// The words of `[gateway]` in the files, and what they are replaced with.
const CLOSED: &str = "routes = \"closed\"\nresource_policy = \"none\"\npolicy = \"caller\"";
const ALLOWS: &str = "routes = \"closed\"\nresource_policy = \"allows\"\npolicy = \"caller\"";
const REQUEST: &str = "routes = \"open\"\nresource_policy = \"allows\"\npolicy = \"request\"";

/// What a child process prints of one table.
pub(crate) fn child(path: &str) -> Result<()> {
    let source = fs::read_to_string(path)?;
    let begun = Instant::now();
    let proven = AccessTable::prove("access.toml", &source);
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|text| text.trim().strip_suffix(" kB")).unwrap_or("0");
    let refused = proven.err().and_then(|errors| errors.into_iter().next());
    let refused = refused.map_or(String::new(), |error| error.text.to_string());
    println!("{took} {peak} {refused}");
    Ok(())
}

struct Measured {
    milliseconds: f64,
    mebibytes: f64,
    /// The first reason why the table is refused, if it is.
    refused: Option<String>,
}

/// The quickest of three runs.
fn measure(source: &str) -> Result<Measured> {
    let file = std::env::temp_dir().join(format!("portcullis-table-{}.toml", std::process::id()));
    fs::write(&file, source)?;
    let mut best: Option<Measured> = None;
    for _ in 0..3 {
        let measured = run(&file)?;
        if best.as_ref().is_none_or(|best| measured.milliseconds < best.milliseconds) {
            best = Some(measured);
        }
    }
    fs::remove_file(&file)?;
    best.ok_or_else(|| "nothing was measured".into())
}

fn run(file: &Path) -> Result<Measured> {
    let output = Command::new(std::env::current_exe()?).arg("--table").arg(file).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.trim_end().splitn(3, ' ');
    let (took, peak) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Ok(Measured {
        milliseconds: took.parse()?,
        mebibytes: peak.parse::<f64>()? / 1024.0,
        refused: words.next().filter(|text| !text.is_empty()).map(str::to_owned),
    })
}

/// Globs and bytes of the largest answer to a caller of one of the `roles`.
fn largest(signer: &Signer, source: &str, roles: &[&str]) -> (usize, usize) {
    let authorizer = TestAuthorizer::with_table(signer, &[], source);
    let answers = roles.iter().map(|role| {
        let token = signer.token(&id_claims(role, "acme"));
        // The context and the policy are the same whatever was requested; of a closed table it must be
        // a path that is not canonical.
        let answer = authorizer.answer(&rest_token(&token, "GET", "//")).answer.unwrap_or_default();
        let statements = answer.pointer("/policyDocument/Statement").and_then(Value::as_array);
        let resources = |statement: &Value| statement.get("Resource")?.as_array().map(Vec::len);
        let globs = statements.into_iter().flatten().filter_map(resources).sum();
        (globs, answer.to_string().len())
    });
    answers.max_by_key(|(_, bytes)| *bytes).unwrap_or_default()
}

/// The two tables of the report.
pub(crate) fn report() -> Result<String> {
    let signer = Signer::generate("a");
    let mut text = format!(
        "Tables of real APIs, three roles each, with an ARN of {} bytes before the route.\n\n\
         | API | routes | `[gateway]` | globs | bytes | proof | peak memory |\n|---|---|---|---|---|---|---|\n",
        PREFIX.len()
    );
    let folder = tests::root().join("tests/tables");
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<std::io::Result<_>>()?;
    files.sort_by_key(fs::DirEntry::path);
    for file in files {
        let source = fs::read_to_string(file.path())?;
        let name = file.path().file_stem().map_or_else(String::new, |s| s.to_string_lossy().into());
        for (words, shown) in [
            (CLOSED, "caller, closed"),
            (ALLOWS, "caller, closed, allows"),
            (REQUEST, "request, open, allows"),
        ] {
            let source = source.replace(CLOSED, words);
            row(&mut text, &signer, &name, shown, &source, &["viewer", "agent", "admin"])?;
        }
    }
    text += "\n500 routes of one shape, three methods each, eight roles.\n\n\
             | shape | routes | `[gateway]` | globs | bytes | proof | peak memory |\n|---|---|---|---|---|---|---|\n";
    for (name, patterns) in shapes::SHAPES {
        for routes in ["closed", "open"] {
            let source = shapes::table(patterns, 500, routes);
            row(&mut text, &signer, name, &format!("caller, {routes}"), &source, &shapes::ROLES)?;
        }
    }
    Ok(text)
}

fn row(
    text: &mut String,
    signer: &Signer,
    name: &str,
    words: &str,
    source: &str,
    roles: &[&str],
) -> Result<()> {
    let measured = measure(source)?;
    let routes = source.matches("[[routes]]").count();
    let Measured { milliseconds, mebibytes, refused } = measured;
    let (globs, bytes) = match &refused {
        None => largest(signer, source, roles),
        Some(_) => (0, 0),
    };
    let size = match &refused {
        None => format!("{globs} | {bytes}"),
        Some(why) => format!("refused | {}", why.split(". What helps").next().unwrap_or(why)),
    };
    writeln!(
        text,
        "| {name} | {routes} | {words} | {size} | {milliseconds:.1} ms | {mebibytes:.1} MiB |"
    )?;
    Ok(())
}
