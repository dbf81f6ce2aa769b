//! On which lines of a table's text its parts stand. A compiled table does not know.

use crate::authz::table::document::{Document, Entry};
use crate::authz::table::error::TableErrors;

/// The lines of the roles, scopes and routes of one text, counted from 1.
///
/// ```
/// use shared::authz::TableLines;
///
/// let lines = TableLines::read("[roles.viewer]\ngrants = []\n[[routes]]\npath = '/a'\nGET = 'public'\n");
/// assert_eq!(lines.role("viewer"), Some(1));
/// assert_eq!(lines.route("/a", "GET"), Some(5));
/// assert_eq!(lines.route("/b", "GET"), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct TableLines {
    gateway: Option<usize>,
    roles: Vec<(Box<str>, usize)>,
    scopes: Vec<(Box<str>, usize)>,
    routes: Vec<RouteLines>,
}

#[derive(Clone, Debug)]
struct RouteLines {
    path: Box<str>,
    line: usize,
    keys: Vec<(Box<str>, usize)>,
}

impl TableLines {
    /// Reads the text of a table. What cannot be read is on no line; that is for
    /// [`AccessTable::prove`](crate::authz::AccessTable::prove) to say.
    #[must_use]
    pub fn read(source: &str) -> Self {
        let mut mistakes = TableErrors::new("");
        let source = Document::new(source);
        let Some(document) = source.parse(&mut mistakes) else { return Self::default() };
        let mut lines = Self::default();
        for entry in source.entries(&document) {
            match entry.key {
                "gateway" => lines.gateway = Some(entry.line),
                "roles" => lines.roles = keys(&entry.table(&mut mistakes)),
                "scopes" => lines.scopes = keys(&entry.table(&mut mistakes)),
                "routes" => {
                    let tables = entry.tables(&mut mistakes);
                    lines.routes =
                        tables.iter().filter_map(|(_, route)| read_route(route)).collect();
                }
                _ => {}
            }
        }
        lines
    }

    /// The line of `[gateway]`.
    #[must_use]
    pub const fn gateway(&self) -> Option<usize> {
        self.gateway
    }

    /// The line of the role `name`.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<usize> {
        of(&self.roles, name)
    }

    /// The line of the scope `name`.
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<usize> {
        of(&self.scopes, name)
    }

    /// The line of `method` (`CONNECT` for `$connect`) of the route `path`; that of the path where the
    /// route does not list the method, as with a public preflight.
    #[must_use]
    pub fn route(&self, path: &str, method: &str) -> Option<usize> {
        let route = self.routes.iter().find(|route| *route.path == *path)?;
        Some(of(&route.keys, method).unwrap_or(route.line))
    }
}

fn of(lines: &[(Box<str>, usize)], name: &str) -> Option<usize> {
    lines.iter().find(|(own, _)| **own == *name).map(|(_, line)| *line)
}

fn keys(entries: &[Entry<'_>]) -> Vec<(Box<str>, usize)> {
    entries.iter().map(|entry| (entry.key.into(), entry.line)).collect()
}

fn read_route(entries: &[Entry<'_>]) -> Option<RouteLines> {
    let path = entries.iter().find(|entry| entry.key == "path")?;
    Some(RouteLines { path: path.value.as_str()?.into(), line: path.line, keys: keys(entries) })
}

#[cfg(test)]
mod tests {
    use crate::authz::table::lines::TableLines;

    const TABLE: &str = r#"modules = ["a"]

[gateway]
routes = "closed"

[roles.reader]
grants = ["read:a"]

[scopes."api/read"]
presented_by = "service-token"

[[routes]]
GET = "read:a"
path = "/a"

POST = "write:a"

[[routes]]
path = "$connect"
CONNECT = "read:a"
"#;

    #[test]
    fn every_part_has_its_line() {
        let lines = TableLines::read(TABLE);
        let check = |found: Option<usize>, expected: Option<usize>| assert_eq!(found, expected);
        check(lines.gateway(), Some(3));
        check(lines.role("reader"), Some(6));
        check(lines.role("api/read"), None);
        check(lines.scope("api/read"), Some(9));
        check(lines.scope("reader"), None);
        check(lines.route("/a", "GET"), Some(13));
        check(lines.route("/a", "POST"), Some(16));
        check(lines.route("/a", "OPTIONS"), Some(14));
        check(lines.route("$connect", "CONNECT"), Some(20));
        check(lines.route("/b", "GET"), None);
    }

    #[test]
    fn what_cannot_be_read_is_on_no_line() {
        for source in ["", "[", "roles = 1\nscopes = []\nroutes = {}", "routes = [1]", "[[routes]]"]
        {
            let lines = TableLines::read(source);
            assert_eq!(
                (lines.role("a"), lines.scope("a"), lines.route("/", "GET")),
                (None, None, None)
            );
        }
    }
}
