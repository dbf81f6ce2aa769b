//! Proves an access table and writes its seal: `cargo run -p tests --bin seal -- FILE`.
//!
//! The seal goes into `FILE.seal`. With it beside the table a function starts without proving the
//! table again.

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "this is a command")]

use std::process::ExitCode;

use shared::access::AccessTable;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("seal: name the access table, for example `infra/access.toml`");
        return ExitCode::from(2);
    };
    match seal(&file) {
        Ok(path) => {
            println!("{file} is proven; the seal is {path}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn seal(file: &str) -> Result<String, String> {
    let source = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let table = AccessTable::prove(file, &source).map_err(|mistakes| {
        mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    let path = format!("{file}.seal");
    std::fs::write(&path, table.seal()).map_err(|error| format!("{path}: {error}"))?;
    Ok(path)
}
