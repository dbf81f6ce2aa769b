//! What the page says of the gateway, and what its form offers.

use std::net::SocketAddr;

use local::pool::TENANTS;
use local::sample_api_key_names;
use serde::Serialize;
use shared::authz::{AccessTable, HolderKind};

use super::super::{Kind, Serve};

/// What the gateway is. The names of its members are the page's.
#[derive(Serialize)]
pub(super) struct About<'a> {
    api: &'static str,
    stage: &'a str,
    ttl_seconds: u32,
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
        access: &'a AccessTable,
        table: &'a str,
    ) -> Self {
        let named = |kind: HolderKind| {
            access.holders().filter(move |holder| holder.kind == kind).map(|holder| holder.name)
        };
        Self {
            api: match serve.api {
                Kind::Rest => "REST API",
                Kind::Http => "HTTP API",
            },
            stage: &serve.stage,
            ttl_seconds: serve.ttl,
            gateway: format!("http://{gateway}"),
            upstream: serve.upstream.as_deref().unwrap_or("an echo"),
            table,
            roles: named(HolderKind::Role).collect(),
            tenants: TENANTS,
            scopes: named(HolderKind::Scope("service-token")).collect(),
            api_keys: sample_api_key_names().collect(),
        }
    }
}
