//! Warnings, which are no decisions: one line of JSON each, on standard error.

use std::fmt::Debug;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Takes warnings and errors, and nothing finer whatever the environment says: on its finest level
/// the runtime crate would write the event, token included.
pub(crate) struct Warnings(pub(crate) &'static str);

impl Subscriber for Warnings {
    /// Without the runtime crate's handler layer, which repeats every error of the decision log.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && !metadata.target().starts_with("lambda_runtime::layers")
    }

    /// Without it, every call site of the HTTP stack would call `enabled` each time.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(Map::new());
        line.0.insert("function".to_owned(), self.0.into());
        line.0.insert("level".to_owned(), event.metadata().level().as_str().into());
        event.record(&mut line);
        print(&Value::Object(line.0));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[expect(clippy::print_stderr, reason = "Lambda keeps standard error")]
fn print(line: &Value) {
    eprintln!("{line}");
}

struct Line(Map<String, Value>);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
}
