//! Reads the parts of a table that say who holds what: roles, scopes and service clients.

use crate::authn::{ServiceClient, ServiceTenant, ServiceTenantError};
use crate::authz::table::document::Entry;
use crate::authz::table::permission::Permissions;
use crate::authz::table::read::{At, NAME, PresentedBy, Reader, Role, Scope, is_name};

const MOST_ROLES: usize = 128;
const MOST_SCOPES: usize = 128;
const MOST_CLIENTS: usize = 1024;

impl Reader<'_, '_> {
    pub(in crate::authz) fn roles(&mut self, entry: &Entry<'_>) {
        for entry in entry.table(self.mistakes) {
            let (name, line) = (entry.key, entry.line);
            if !is_name(name) {
                self.mistake(line, format!("`{name}` is no role name: {NAME}"));
            }
            if self.table.roles.len() == MOST_ROLES {
                return self.mistake(line, format!("more than {MOST_ROLES} roles"));
            }
            let mut role =
                Role { name: name.into(), by_scope: false, grants: Permissions::default() };
            let mut granted = false;
            for entry in entry.table(self.mistakes) {
                match entry.key {
                    "grants" => {
                        granted = true;
                        role.grants = self.grants(&entry);
                    }
                    "by_scope" if entry.value.as_bool() == Some(true) => role.by_scope = true,
                    "by_scope" => self.mistake(entry.line, "`by_scope` is `true` or left out"),
                    key => {
                        self.mistake(entry.line, format!("unknown key `{key}` in role `{name}`"));
                    }
                }
            }
            if role.by_scope && granted {
                let text = format!("role `{name}` has both `grants` and `by_scope`");
                self.mistake(line, text);
            } else if !role.by_scope && !granted {
                self.mistake(line, format!("role `{name}` is empty: it has no `grants`"));
            }
            self.table.roles.push(At { line, it: role });
        }
    }

    pub(in crate::authz) fn scopes(&mut self, entry: &Entry<'_>) {
        for entry in entry.table(self.mistakes) {
            let (name, line) = (entry.key, entry.line);
            if !is_scope(name) {
                self.mistake(line, format!("`{name}` is no scope name"));
            }
            if self.table.scopes.len() == MOST_SCOPES {
                return self.mistake(line, format!("more than {MOST_SCOPES} scopes"));
            }
            let (mut presented_by, mut grants) = (None, None);
            for entry in entry.table(self.mistakes) {
                match entry.key {
                    "presented_by" => presented_by = Some(self.presented_by(&entry)),
                    "grants" => grants = Some(self.grants(&entry)),
                    key => {
                        self.mistake(entry.line, format!("unknown key `{key}` in scope `{name}`"));
                    }
                }
            }
            if presented_by.is_none() {
                self.mistake(
                    line,
                    format!("scope `{name}` does not say what it is `presented_by`"),
                );
            }
            if grants.is_none() {
                self.mistake(line, format!("scope `{name}` is empty: it has no `grants`"));
            }
            let (Some(presented_by), Some(grants)) = (presented_by, grants) else {
                continue;
            };
            for presented_by in presented_by {
                let scope = Scope { name: name.into(), presented_by, grants };
                self.table.scopes.push(At { line, it: scope });
            }
        }
    }

    /// One kind of credential, or a list: a resource server has the same scopes for services and for users.
    fn presented_by(&mut self, entry: &Entry<'_>) -> Vec<PresentedBy> {
        let named = match entry.value.as_array() {
            Some(_) => entry.strings(self.mistakes),
            None => vec![(entry.line, entry.value.as_str().unwrap_or_default())],
        };
        let mut kinds = Vec::new();
        for (line, text) in named {
            match PresentedBy::parse(text) {
                Some(kind) if kinds.contains(&kind) => {
                    self.mistake(line, format!("`{text}` is listed twice"));
                }
                Some(kind) => kinds.push(kind),
                None => self.mistake(
                    line,
                    "`presented_by` is `service-token`, `user-token` or `api-key`, or a list of them",
                ),
            }
        }
        if kinds.is_empty() {
            // So that nothing else is said to be missing.
            kinds.push(PresentedBy::ServiceToken);
            if entry.value.as_array().is_some_and(|list| list.is_empty()) {
                self.mistake(entry.line, "`presented_by` is empty");
            }
        }
        kinds
    }

    pub(in crate::authz) fn clients(&mut self, entry: &Entry<'_>) {
        for (line, entries) in entry.tables(self.mistakes) {
            if self.table.clients.len() == MOST_CLIENTS {
                return self.mistake(line, format!("more than {MOST_CLIENTS} service clients"));
            }
            let (mut client_id, mut tenant) = (None, None);
            for entry in entries {
                match (entry.key, entry.value.as_str()) {
                    ("client_id", Some(id)) if ServiceClient::is_id(id) => client_id = Some(id),
                    ("client_id", _) => self.mistake(entry.line, "`client_id` is no app client id"),
                    ("tenant", text) => match ServiceTenant::parse(text.unwrap_or_default()) {
                        Ok(found) => tenant = Some(found),
                        Err(ServiceTenantError::Tenant) => {
                            self.mistake(entry.line, "`tenant` is no tenant id");
                        }
                        Err(ServiceTenantError::Claim(why)) => {
                            let claim = text.unwrap_or_default();
                            self.mistake(entry.line, format!("`tenant` is `{claim}`: {why}"));
                        }
                    },
                    (key, _) => {
                        let text = format!("unknown key `{key}` in a service client");
                        self.mistake(entry.line, text);
                    }
                }
            }
            match (client_id, tenant) {
                (Some(id), Some(tenant)) => {
                    let client = ServiceClient { client_id: id.into(), tenant };
                    self.table.clients.push(At { line, it: client });
                }
                _ => self.mistake(line, "a service client has a `client_id` and a `tenant`"),
            }
        }
    }
}

/// `scope-token` of RFC 6749 §3.3.
fn is_scope(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
