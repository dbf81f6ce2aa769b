//! The table as it is written: TOML to types, with the line of everything that may be wrong.

use super::mistake::Mistakes;
use super::permission::{Action, Bit, MOST_MODULES, Permissions};
use super::route::Route;
use super::source::{Entry, Source};
use super::{ServiceClient, checks};

/// A value and the line it was written on.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) line: usize,
    pub(super) it: T,
}

#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) name: Box<str>,
    /// Held by service tokens, whose scopes say what they may do.
    pub(super) by_scope: bool,
    pub(super) grants: Permissions,
}

/// What a scope comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PresentedBy {
    /// A client-credentials token of Cognito.
    ServiceToken,
    ApiKey,
}

impl PresentedBy {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::ServiceToken => "service-token",
            Self::ApiKey => "api-key",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::ServiceToken, Self::ApiKey].into_iter().find(|by| by.as_str() == text)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) name: Box<str>,
    pub(super) presented_by: PresentedBy,
    pub(super) grants: Permissions,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    /// The API answers for no path but the table's: `[gateway] routes = "closed"`.
    pub(super) closed: bool,
    pub(super) modules: Vec<At<Box<str>>>,
    pub(super) roles: Vec<At<Role>>,
    pub(super) scopes: Vec<At<Scope>>,
    pub(super) clients: Vec<At<ServiceClient>>,
    pub(super) routes: Vec<At<Route>>,
}

impl Table {
    /// Reads `source`. What is wrong goes to `mistakes`; the table holds what could be read.
    pub(super) fn read(source: &str, mistakes: &mut Mistakes<'_>) -> Self {
        let source = Source::new(source);
        let mut reader = Reader { table: Self::default(), mistakes };
        let Some(document) = source.parse(reader.mistakes) else {
            return reader.table;
        };
        let entries = source.entries(&document);
        // Names before what refers to them, wherever they stand in the file.
        let order = ["gateway", "modules", "roles", "scopes", "service_clients", "routes"];
        for entry in &entries {
            if !order.contains(&entry.key) {
                let known = listed(order);
                reader
                    .mistake(entry.line, format!("unknown key `{}`; keys are {known}", entry.key));
            }
        }
        for key in order {
            let Some(entry) = entries.iter().find(|entry| entry.key == key) else {
                continue;
            };
            match key {
                "gateway" => reader.gateway(entry),
                "modules" => reader.modules(entry),
                "roles" => reader.roles(entry),
                "scopes" => reader.scopes(entry),
                "service_clients" => reader.clients(entry),
                _ => reader.routes(entry),
            }
        }
        checks::check(&reader.table, reader.mistakes);
        reader.table
    }
}

/// Fills a table and collects what is wrong; its parts are read in `read_holders` and
/// `read_routes`.
pub(super) struct Reader<'m, 'f> {
    pub(super) table: Table,
    pub(super) mistakes: &'m mut Mistakes<'f>,
}

impl Reader<'_, '_> {
    pub(super) fn mistake(&mut self, line: usize, text: impl Into<Box<str>>) {
        self.mistakes.add(line, text);
    }

    fn gateway(&mut self, entry: &Entry<'_>) {
        for entry in entry.table(self.mistakes) {
            match (entry.key, entry.value.as_str()) {
                ("routes", Some("closed")) => self.table.closed = true,
                ("routes", Some("open")) => {}
                ("routes", _) => self.mistake(entry.line, "`routes` is `open` or `closed`"),
                (key, _) => self.mistake(entry.line, format!("unknown key `{key}` in `gateway`")),
            }
        }
    }

    fn modules(&mut self, entry: &Entry<'_>) {
        for (line, name) in entry.strings(self.mistakes) {
            if !is_name(name) {
                self.mistake(line, format!("`{name}` is no module name: {NAME}"));
            } else if self.table.modules.iter().any(|m| *m.it == *name) {
                self.mistake(line, format!("module `{name}` is listed twice"));
            } else if self.table.modules.len() == MOST_MODULES {
                return self.mistake(line, format!("more than {MOST_MODULES} modules"));
            } else {
                self.table.modules.push(At { line, it: name.into() });
            }
        }
    }

    pub(super) fn grants(&mut self, entry: &Entry<'_>) -> Permissions {
        let mut granted = Permissions::default();
        let strings = entry.strings(self.mistakes);
        if strings.is_empty() {
            self.mistake(entry.line, "`grants` is empty");
        }
        for (line, text) in strings {
            let wanted = match text.strip_suffix(":*").and_then(Action::parse) {
                Some(action) => self.on_every_module(action),
                None => {
                    let mut one = Permissions::default();
                    if let Some(bit) = self.permission(line, text) {
                        one.insert(bit);
                    }
                    one
                }
            };
            if !wanted.is_empty() && granted.includes(wanted) {
                self.mistake(line, format!("`{text}` is granted already"));
            }
            granted = granted.union(wanted);
        }
        granted
    }

    fn on_every_module(&self, action: Action) -> Permissions {
        let mut all = Permissions::default();
        for bit in (0..self.table.modules.len()).filter_map(|module| Bit::new(module, action)) {
            all.insert(bit);
        }
        all
    }

    pub(super) fn permission(&mut self, line: usize, text: &str) -> Option<Bit> {
        let Some((action, module)) = text.split_once(':') else {
            self.mistake(line, format!("`{text}` is no permission, such as `read:itsm`"));
            return None;
        };
        let known = Action::parse(action);
        if known.is_none() {
            let actions = listed(Action::ALL.map(Action::as_str));
            let text = format!("unknown action `{action}` in `{text}`; actions are {actions}");
            self.mistake(line, text);
        }
        let position = self.table.modules.iter().position(|m| *m.it == *module);
        if position.is_none() {
            let modules = listed(self.table.modules.iter().map(|m| &*m.it));
            let text = format!("unknown module `{module}` in `{text}`; modules are {modules}");
            self.mistake(line, text);
        }
        Bit::new(position?, known?)
    }
}

pub(super) const NAME: &str = "lower-case letters, digits, `-` and `_`, at most 64";

pub(super) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
