//! Which tenants a user pool may say.

use serde_json::{Value, json};
use tests::events::rest_token;
use tests::mint::{
    ISSUER, POOL, SERVICE_CLIENT, Signer, id_claims, service_claims, user_access_claims, with,
};
use tests::test_authorizer::TestAuthorizer;

use super::{PATH, outcome};

const OTHER: &str = "eu-central-1_Globex222";
const FOREIGN: &str = "TENANT_MISMATCH: the user pool of the token does not speak for its tenant";

fn signers() -> [Signer; 2] {
    [Signer::generate("a"), Signer::generate("a")]
}

fn authorizer(signers: &[Signer], pool_tenants: &str) -> TestAuthorizer {
    let pools = format!("{POOL},{OTHER}");
    let settings = [
        ("USER_POOL_IDS", pools.as_str()),
        ("POOL_TENANTS", pool_tenants),
        ("CREDENTIALS", "id-token,user-token,service-token"),
        ("SERVICE_CLIENTS", "many=claim:tenant"),
    ];
    TestAuthorizer::of_pools(signers, &settings)
}

fn of_other(claims: Value) -> Value {
    with(claims, "iss", json!(ISSUER.replace(POOL, OTHER)))
}

#[test]
fn a_pool_speaks_for_its_tenants() {
    let signers = signers();
    let only = authorizer(&signers, &format!("{POOL}=acme+initech , {OTHER}=globex"));
    let any = authorizer(&signers, &format!("{POOL}=*,{OTHER}=globex"));
    let unset = authorizer(&signers, "");
    let token = |tenant: &str| signers[0].token(&id_claims("viewer", tenant));
    let foreign = |tenant: &str| signers[1].token(&of_other(id_claims("viewer", tenant)));
    let check = |authorizer: &TestAuthorizer, token: &str, expected: &str| {
        assert_eq!(outcome(&authorizer.answer(&rest_token(token, "GET", PATH))), expected);
    };
    for (tenant, expected) in
        [("acme", "OK"), ("initech", "OK"), ("globex", FOREIGN), ("Acme", FOREIGN), ("*", BAD)]
    {
        check(&only, &token(tenant), expected);
    }
    for tenant in ["acme", "globex", "initech"] {
        check(&any, &token(tenant), "OK");
        check(&unset, &token(tenant), "OK");
        check(&unset, &foreign(tenant), "OK");
    }
    for (tenant, expected) in [("globex", "OK"), ("acme", FOREIGN), ("initech", FOREIGN)] {
        check(&only, &foreign(tenant), expected);
        check(&any, &foreign(tenant), expected);
    }
    // The key is still looked up by the pool: one cannot sign for another.
    let forged = signers[1].token(&id_claims("viewer", "acme"));
    check(&only, &forged, "TOKEN_INVALID: the signature does not verify");
    let unlisted =
        with(id_claims("viewer", "acme"), "iss", json!(ISSUER.replace(POOL, "eu-central-1_C")));
    let no_issuer = "TOKEN_INVALID: claim `iss` is not an issuer of this function";
    check(&only, &signers[0].token(&unlisted), no_issuer);
}

const BAD: &str = "TOKEN_INVALID: claim `custom:tenant_id` is not a tenant id";

#[test]
fn it_holds_for_every_kind_of_token() {
    let signers = signers();
    let authorizer = authorizer(&signers, &format!("{POOL}=globex,{OTHER}=acme"));
    let user = |tenant: &str| {
        with(
            with(user_access_claims(), "custom:role", json!("viewer")),
            "custom:tenant_id",
            json!(tenant),
        )
    };
    let many = |tenant: &str| {
        let claims = with(service_claims("stackflow/api.read"), "client_id", json!("many"));
        with(with(claims, "sub", json!("many")), "tenant", json!(tenant))
    };
    // The access table says that this service is of the tenant `acme`.
    let listed = service_claims("stackflow/api.read");
    assert_eq!(listed["client_id"], SERVICE_CLIENT);
    for (claims, expected) in [
        (id_claims("viewer", "acme"), FOREIGN),
        (user("acme"), FOREIGN),
        (user("globex"), "OK"),
        (many("acme"), FOREIGN),
        (many("globex"), "OK"),
        (listed.clone(), FOREIGN),
    ] {
        let token = signers[0].token(&claims);
        assert_eq!(outcome(&authorizer.answer(&rest_token(&token, "GET", PATH))), expected);
    }
    let token = signers[1].token(&of_other(listed));
    assert_eq!(outcome(&authorizer.answer(&rest_token(&token, "GET", PATH))), "OK");
}
