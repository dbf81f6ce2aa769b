//! The access table with its lines.

use std::path::Path;

use runtime::printable;
use shared::authz::{AccessTable, TableLines};

use crate::env::Env;
use crate::exit::{CommandError, Exit};

/// A table as a function would use it, and where its parts stand.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) access: AccessTable,
    pub(crate) lines: TableLines,
    pub(crate) file: String,
    /// Whether the function answers without policies: `RESPONSE=simple`.
    pub(crate) is_simple: bool,
}

impl Table {
    /// Reads the table in the file `path`: from the compiled table beside it if that was made from exactly
    /// these bytes, else proven here, or not at all where simple answers need no policies.
    ///
    /// # Errors
    /// It cannot be read, or has mistakes: all of them.
    pub(crate) fn load(path: &Path, env: &Env<'_>) -> Result<Self, CommandError> {
        let file = printable(&path.to_string_lossy());
        let source = env
            .contents(path)
            .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
        let mut compiled = path.as_os_str().to_owned();
        compiled.push(".compiled");
        let compiled = env.contents(Path::new(&compiled)).unwrap_or_default();
        let from_compiled = AccessTable::from_compiled(&source, &compiled);
        let source = String::from_utf8(source)
            .map_err(|_| CommandError::failed(format!("{file} is not UTF-8")))?;
        let is_simple = (env.setting)("RESPONSE").is_some_and(|text| text.trim() == "simple");
        let read = match from_compiled {
            Ok(table) => Ok(table),
            Err(_) if is_simple => AccessTable::without_policies(&file, &source),
            Err(_) => AccessTable::prove(&file, &source),
        };
        let access = read.map_err(|errors| CommandError {
            exit: Exit::Failed,
            sentences: errors.iter().map(|error| printable(&error.to_string())).collect(),
        })?;
        Ok(Self { access, lines: TableLines::read(&source), file, is_simple })
    }

    /// The table with the text `source` in `file`, for policies where there is none that is `proven`: then
    /// every function answers yes or no.
    ///
    /// # Errors
    /// What is proven was read from another text, or the text has mistakes.
    pub(crate) fn of(
        file: &str,
        source: &str,
        proven: Option<&AccessTable>,
    ) -> Result<Self, CommandError> {
        let failed = |error: String| {
            CommandError::failed(format!("{file} cannot be used: {}", printable(&error)))
        };
        let access = match proven {
            Some(table) => {
                let compiled = table.to_compiled();
                AccessTable::from_compiled(source.as_bytes(), compiled.as_bytes())
                    .map_err(|error| failed(error.to_string()))?
            }
            None => AccessTable::without_policies(file, source).map_err(|errors| {
                failed(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            })?,
        };
        let lines = TableLines::read(source);
        Ok(Self { access, lines, file: file.to_owned(), is_simple: proven.is_none() })
    }

    /// `infra/access.toml:12`.
    pub(crate) fn at(&self, line: Option<usize>) -> String {
        match line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }
}
