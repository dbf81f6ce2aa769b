//! Reads the routes of a table.

use crate::authz::table::document::Entry;
use crate::authz::table::path::Pattern;
use crate::authz::table::read::{At, Reader};
use crate::authz::table::route::{Method, Need, Route, TenantRule};

const MOST_ROUTES: usize = 2000;

impl Reader<'_, '_> {
    pub(in crate::authz) fn routes(&mut self, entry: &Entry<'_>) {
        for (line, entries) in entry.tables(self.mistakes) {
            if self.table.routes.len() == MOST_ROUTES {
                return self.mistake(line, format!("more than {MOST_ROUTES} routes"));
            }
            let path = entries.iter().find(|entry| entry.key == "path");
            let Some((entry, path)) = path.and_then(|e| Some((e, e.value.as_str()?))) else {
                self.mistake(line, "a route has a `path`");
                continue;
            };
            match Pattern::parse(path) {
                Ok(pattern) => {
                    let route = self.route(pattern, &entries);
                    self.table.routes.push(At { line: entry.line, it: route });
                }
                Err(why) => self.mistake(entry.line, format!("malformed path `{path}`: {why}")),
            }
        }
    }

    fn route(&mut self, pattern: Pattern, entries: &[Entry<'_>]) -> Route {
        let mut route = Route { pattern, methods: Vec::new(), tenant: TenantRule::None };
        for entry in entries.iter().filter(|entry| entry.key != "path") {
            let text = entry.value.as_str();
            match (Method::parse(entry.key), text) {
                (None, _) if entry.key == "tenant" => match text.and_then(TenantRule::parse) {
                    Some(rule) => route.tenant = rule,
                    None => self.mistake(entry.line, format!("`tenant` is {LOCATIONS}")),
                },
                (None, _) => {
                    let text = format!("unknown method `{}` at `{}`", entry.key, route.pattern);
                    self.mistake(entry.line, text);
                }
                (Some(method), Some("public")) => route.methods.push((method, Need::Nothing)),
                (Some(method), Some(text)) => {
                    if let Some(bit) = self.permission(entry.line, text) {
                        route.methods.push((method, Need::Permission(bit)));
                    }
                }
                (Some(_), None) => {
                    let text =
                        format!("`{}` is `public` or a permission, such as `read:itsm`", entry.key);
                    self.mistake(entry.line, text);
                }
            }
        }
        route.methods.sort_by_key(|(method, _)| *method);
        route
    }
}

const LOCATIONS: &str =
    "`path:<parameter>`, `header:<name>`, `query:<name>` or `host:<…{tenant}…>`";
