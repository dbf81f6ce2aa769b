//! TOML to types, each with its line for messages.

mod holders;
mod routes;

use crate::authn::ServiceClient;
use crate::authz::table::document::{Document, Entry};
use crate::authz::table::error::TableErrors;
use crate::authz::table::gateway::Gateway;
use crate::authz::table::permission::{Action, Bit, MOST_MODULES, Permissions};
use crate::authz::table::route::Route;

/// A value and the line it was written on.
#[derive(Clone, Debug)]
pub(in crate::authz) struct At<T> {
    pub(in crate::authz) line: usize,
    pub(in crate::authz) it: T,
}

#[derive(Clone, Debug)]
pub(in crate::authz) struct Role {
    pub(in crate::authz) name: Box<str>,
    /// Held by service tokens, whose scopes say what they may do.
    pub(in crate::authz) by_scope: bool,
    pub(in crate::authz) grants: Permissions,
}

/// Which kind of credential presents a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authz) enum PresentedBy {
    /// A client-credentials token of Cognito.
    ServiceToken,
    /// A user's access token of Cognito.
    UserToken,
    ApiKey,
}

impl PresentedBy {
    pub(in crate::authz) const fn as_str(self) -> &'static str {
        match self {
            Self::ServiceToken => "service-token",
            Self::UserToken => "user-token",
            Self::ApiKey => "api-key",
        }
    }

    pub(in crate::authz) fn parse(text: &str) -> Option<Self> {
        [Self::ServiceToken, Self::UserToken, Self::ApiKey]
            .into_iter()
            .find(|by| by.as_str() == text)
    }
}

#[derive(Clone, Debug)]
pub(in crate::authz) struct Scope {
    pub(in crate::authz) name: Box<str>,
    pub(in crate::authz) presented_by: PresentedBy,
    pub(in crate::authz) grants: Permissions,
}

#[derive(Debug, Default)]
pub(in crate::authz) struct Table {
    pub(in crate::authz) gateway: Gateway,
    pub(in crate::authz) gateway_line: usize,
    pub(in crate::authz) modules: Vec<At<Box<str>>>,
    pub(in crate::authz) roles: Vec<At<Role>>,
    pub(in crate::authz) scopes: Vec<At<Scope>>,
    pub(in crate::authz) clients: Vec<At<ServiceClient>>,
    pub(in crate::authz) routes: Vec<At<Route>>,
}

impl Table {
    /// Reads `source`. What is wrong goes to `mistakes`; the table holds what could be read.
    pub(in crate::authz) fn read(source: &str, mistakes: &mut TableErrors<'_>) -> Self {
        let source = Document::new(source);
        let mut reader = Reader { table: Self::default(), mistakes };
        let Some(document) = source.parse(reader.mistakes) else {
            return reader.table;
        };
        let entries = source.entries(&document);
        // Names are read before what refers to them, whatever the order in the file.
        let order = ["gateway", "modules", "roles", "scopes", "service_clients", "routes"];
        for entry in &entries {
            if !order.contains(&entry.key) {
                let known = listed(order);
                reader
                    .mistake(entry.line, format!("unknown key `{}`; keys are {known}", entry.key));
            }
        }
        let of_key = |key| entries.iter().find(|entry| entry.key == key);
        reader.gateway(of_key("gateway"));
        for key in order {
            let Some(entry) = of_key(key) else { continue };
            match key {
                "gateway" => {}
                "modules" => reader.modules(entry),
                "roles" => reader.roles(entry),
                "scopes" => reader.scopes(entry),
                "service_clients" => reader.clients(entry),
                _ => reader.routes(entry),
            }
        }
        reader.table
    }
}

/// Fills a table and collects what is wrong; its parts are read in `holders` and `routes`.
pub(in crate::authz) struct Reader<'m, 'f> {
    pub(in crate::authz) table: Table,
    pub(in crate::authz) mistakes: &'m mut TableErrors<'f>,
}

impl Reader<'_, '_> {
    pub(in crate::authz) fn mistake(&mut self, line: usize, text: impl Into<Box<str>>) {
        self.mistakes.add(line, text);
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

    pub(in crate::authz) fn grants(&mut self, entry: &Entry<'_>) -> Permissions {
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

    pub(in crate::authz) fn permission(&mut self, line: usize, text: &str) -> Option<Bit> {
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

pub(in crate::authz) const NAME: &str = "lower-case letters, digits, `-` and `_`, at most 64";

pub(in crate::authz) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

pub(in crate::authz) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
