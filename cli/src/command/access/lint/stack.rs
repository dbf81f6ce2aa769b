//! The rest of the stack: resource policies, gateway responses, deployments and app clients.

use std::collections::BTreeSet;

use super::Table;
use super::finding::{Code, Findings};
use crate::deployed::settings::Settings;
use crate::deployed::{Deployed, Role};
use crate::template::{Api, ApiKind, AppClient, ResourcePolicy, RouteMethod, WriteAttributes};

pub(super) fn lint(deployed: &Deployed<'_>, findings: &mut Findings) {
    for api in deployed.apis() {
        gateway_responses(deployed, api, findings);
        early_deployment(deployed, api, findings);
    }
    let claims = claims(deployed);
    for client in &deployed.template.app_clients {
        writable_claims(deployed, client, &claims, findings);
    }
}

/// On a REST API in the same account, a resource policy that allows lets in whatever our policy does not
/// deny by name.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
pub(super) fn lint_resource_policy(
    deployed: &Deployed<'_>,
    table: &Table<'_>,
    findings: &mut Findings,
) {
    let expects_one = table.access.resource_policy_allows();
    let mut may_have_one = false;
    for api in deployed.apis() {
        may_have_one |= !api.resource_policy.allows_nothing();
        let ResourcePolicy::Allows(line) = api.resource_policy else { continue };
        if expects_one {
            continue;
        }
        let id = &api.id;
        findings.add(
            Code::PL501,
            (deployed.file, line),
            format!(
                "`{id}` has a resource policy that allows, and the table says \
                 `resource_policy = \"none\"`: what no policy denies by name is open"
            ),
            "write `resource_policy = \"allows\"` into the table",
        );
    }
    if expects_one && !may_have_one && deployed.apis().next().is_some() {
        findings.add(
            Code::PL502,
            (table.file, table.linted.gateway_line),
            format!(
                "the table says `resource_policy = \"allows\"`, and no API of {} has such a policy",
                deployed.file
            ),
            "write `resource_policy = \"none\"`, unless the policy comes from somewhere else",
        );
    }
}

/// A script sees a 401 or 403 only if that answer has the CORS headers.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>
fn gateway_responses(deployed: &Deployed<'_>, api: &Api, findings: &mut Findings) {
    let is_preflight = |method| method == RouteMethod::Of("OPTIONS");
    let has_cors = api.has_cors || deployed.routes(api).any(|route| is_preflight(route.method));
    if api.kind != ApiKind::Rest || !has_cors {
        return;
    }
    let response = |response_type: &str| {
        let mut responses = deployed.template.gateway_responses.iter();
        responses.find(|one| one.api == api.id && one.response_type == response_type)
    };
    let mut missing = Vec::new();
    for response_type in ["UNAUTHORIZED", "ACCESS_DENIED"] {
        match response(response_type).or_else(|| response("DEFAULT_4XX")) {
            None => missing.push(format!("`{response_type}`")),
            Some(found) if found.allows_origins => {}
            Some(found) => findings.add(
                Code::PL602,
                (deployed.file, found.line),
                format!(
                    "the gateway response `{}` of `{}` has no `Access-Control-Allow-Origin`: a \
                     script does not see why it is refused",
                    found.response_type, api.id
                ),
                "add the header to its response parameters",
            ),
        }
    }
    if missing.is_empty() {
        return;
    }
    let (id, missing) = (&api.id, missing.join(" and "));
    findings.add(
        Code::PL601,
        (deployed.file, api.line),
        format!(
            "`{id}` is set up for CORS and has no gateway response for {missing}: a script \
             does not see why it is refused"
        ),
        "add gateway responses with `Access-Control-Allow-Origin`, or one for `DEFAULT_4XX`",
    );
}

/// A deployment is a snapshot. What CloudFormation makes after it is not in it: an authorizer, for example.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html>
fn early_deployment(deployed: &Deployed<'_>, api: &Api, findings: &mut Findings) {
    for deployment in deployed.template.deployments.iter().filter(|one| one.api == api.id) {
        if deployment.not_awaited.is_empty() {
            continue;
        }
        let (id, late) = (&deployment.id, deployment.not_awaited.join("`, `"));
        findings.add(
            Code::PL701,
            (deployed.file, deployment.line),
            format!("`{id}` does not wait for `{late}`, and may be made without"),
            "add them to its `DependsOn`",
        );
    }
}

/// The attributes that say role and tenant, as far as they are attributes, in the pools of an authorizer.
struct Claims<'t> {
    names: BTreeSet<&'t str>,
    /// The logical ids of the pools; empty if they are not in the template.
    pools: &'t [String],
}

fn claims<'t>(deployed: &Deployed<'t>) -> Vec<Claims<'t>> {
    let of_function = |authorizer| {
        let settings: Settings<'t> = deployed.settings(authorizer)?;
        let takes_users = settings.takes(&["id-token", "user-token"]);
        let names = [("ROLE_CLAIM", "custom:role"), ("TENANT_CLAIM", "custom:tenant_id")];
        let names = names.into_iter().filter_map(|(name, default)| settings.value(name, default));
        let names = names.filter(|name| name.starts_with("custom:")).collect();
        takes_users.then(|| Claims { names, pools: settings.refers_to("USER_POOL_IDS") })
    };
    deployed.of_role(Role::Ours).filter_map(of_function).collect()
}

/// Whoever may write these attributes chooses their own role and tenant.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>
fn writable_claims(
    deployed: &Deployed<'_>,
    client: &AppClient,
    claims: &[Claims<'_>],
    findings: &mut Findings,
) {
    let is_of_pool = |claims: &&Claims<'_>| {
        let pool = client.pool.as_ref();
        claims.pools.is_empty() || pool.is_none_or(|pool| claims.pools.contains(pool))
    };
    let claims: BTreeSet<&str> =
        claims.iter().filter(is_of_pool).flat_map(|claims| claims.names.iter().copied()).collect();
    let id = &client.id;
    let sentence = match &client.writes {
        WriteAttributes::Unknown => return,
        WriteAttributes::Unsaid if claims.is_empty() => return,
        WriteAttributes::Unsaid => {
            let claims: Vec<String> = claims.iter().map(|claim| format!("`{claim}`")).collect();
            let claims = claims.join(" and ");
            format!(
                "`{id}` does not say its `WriteAttributes`, so nothing keeps its users from \
                 writing {claims}"
            )
        }
        WriteAttributes::These(written) => {
            let mut own = written.iter().filter(|name| claims.contains(name.as_str()));
            let Some(claim) = own.next() else { return };
            format!("users of `{id}` may write `{claim}`, and with it their own rights")
        }
    };
    findings.add(
        Code::PL801,
        (deployed.file, client.line),
        sentence,
        "list in `WriteAttributes` what users may write, without role and tenant",
    );
}
