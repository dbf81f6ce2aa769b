//! What the page says of the gateway, and what its form offers.

use std::net::SocketAddr;

use local::pool::TENANTS;
use local::sample_api_key_names;
use serde::Serialize;
use shared::authz::HolderKind;

use super::super::Serve;
use super::super::plan::{Plan, Table};

/// What the gateway is. The names of its members are the page's.
#[derive(Serialize)]
pub(super) struct About<'a> {
    api: &'a str,
    stage: &'a str,
    gateway: String,
    upstream: &'a str,
    table: &'a str,
    roles: Vec<&'a str>,
    tenants: [&'static str; 2],
    /// Scopes of service tokens.
    scopes: Vec<&'a str>,
    api_keys: Vec<&'static str>,
}

impl<'a> About<'a> {
    pub(super) fn of(
        serve: &'a Serve,
        gateway: SocketAddr,
        plan: &'a Plan,
        table: &'a Table,
    ) -> Self {
        let named = |kind: HolderKind| {
            table
                .access
                .holders()
                .filter(move |holder| holder.kind == kind)
                .map(|holder| holder.name)
        };
        Self {
            api: &plan.title,
            stage: &serve.stage,
            gateway: format!("http://{gateway}"),
            upstream: serve.upstream.as_deref().unwrap_or("an echo"),
            table: &table.file,
            roles: named(HolderKind::Role).collect(),
            tenants: TENANTS,
            scopes: named(HolderKind::Scope("service-token")).collect(),
            api_keys: sample_api_key_names().collect(),
        }
    }
}
