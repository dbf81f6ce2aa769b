//! The report: one markdown table.

use std::fmt::Write;

/// One measure of both sides.
pub(crate) struct Row {
    pub(crate) measure: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) floor: f64,
    pub(crate) ours: f64,
    pub(crate) aim: Option<Aim>,
}

/// What a measure is meant to stay under.
pub(crate) enum Aim {
    /// This many times the floor.
    Times(f64),
    /// This much, in the unit of the row, and where it comes from.
    AtMost(f64, &'static str),
}

impl Aim {
    pub(crate) fn times(factor: f64) -> Self {
        Self::Times(factor)
    }

    pub(crate) fn at_most(limit: f64, words: &'static str) -> Self {
        Self::AtMost(limit, words)
    }

    fn verdict(&self, row: &Row) -> String {
        let (limit, words) = match self {
            Self::Times(factor) => (factor * row.floor, format!("≤ {factor} × floor")),
            Self::AtMost(limit, words) => (*limit, format!("≤ {words} = {limit:.1} {}", row.unit)),
        };
        format!("{words}: {}", if row.ours <= limit { "met" } else { "missed" })
    }
}

/// When and where it was measured; `--date` comes from the caller.
pub(crate) fn heading(pinned: bool) -> String {
    let date = crate::argument("--date");
    let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu_info
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(": "))
        .map_or("unknown CPU", |(_, model)| model);
    let cpus = cpu_info.lines().filter(|line| line.starts_with("processor")).count();
    let pinning = if pinned { "one CPU for all" } else { "not pinned to one CPU: no `taskset`" };
    format!("{}, {model}, {cpus} CPUs, {pinning}\n", date.as_deref().unwrap_or("undated"))
}

/// The rows of `function` as a table. The floor is the raw verification or hello world, unless
/// `function` says what else it is.
pub(crate) fn table(function: &str, rows: &[Row]) -> String {
    let mut table =
        format!("| measure | floor | {function} | ratio | aim |\n|---|---|---|---|---|\n");
    for row in rows {
        let Row { measure, unit, floor, ours, aim } = row;
        let aim = aim.as_ref().map_or_else(|| "–".to_owned(), |aim| aim.verdict(row));
        let ratio = ours / floor;
        let digits = if *unit == "bytes" { 0 } else { 2 };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {measure} | {floor:.digits$} {unit} | {ours:.digits$} {unit} | {ratio:.2} | {aim} |"
        );
    }
    table
}
