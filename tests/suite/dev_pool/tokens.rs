//! Minted tokens, and what our own verifier makes of them.

use local::pool::{
    APP_CLIENT, Mint, PoolError, ROLES, SERVICE_CLIENT, TENANTS, TOKEN_SECONDS, TokenKind,
};
use serde_json::json;
use tests::mint::NEW_YEAR_2026;

use super::{Dev, ISSUER, VIEWER, VIEWER_SUB, claims};

fn mint(kind: TokenKind) -> Mint<'static> {
    Mint { kind, role: "viewer", tenant: "acme", client: None, scope: None, expired: false }
}

fn minted(dev: &mut Dev, mint: &Mint<'_>) -> String {
    dev.pool.mint(mint, dev.now).unwrap()
}

#[test]
fn every_role_of_every_tenant_is_taken_until_it_expires() {
    let mut dev = Dev::new();
    let roles = ROLES.into_iter().chain(["auditor"]);
    for role in roles {
        for tenant in TENANTS.into_iter().chain(["initech"]) {
            let mint = Mint { role, tenant, ..mint(TokenKind::Id) };
            let token = minted(&mut dev, &mint);
            let identity = dev.verify(&token).unwrap();
            assert_eq!((identity.role(), identity.tenant().as_str()), (role, tenant));
            let expired = minted(&mut dev, &Mint { expired: true, ..mint });
            let refused = dev.verify(&expired).unwrap_err();
            assert_eq!(refused, "TOKEN_EXPIRED: claim `exp` has passed");
        }
    }
}

#[test]
fn services() {
    let mut dev = Dev::new();
    let token = minted(&mut dev, &mint(TokenKind::Service));
    let identity = dev.verify(&token).unwrap();
    assert_eq!(identity.role(), "service_account");
    assert_eq!(identity.scopes(), "stackflow/api.read stackflow/api.write");

    let one = Mint { scope: Some("stackflow/api.read"), ..mint(TokenKind::Service) };
    let token = minted(&mut dev, &one);
    assert_eq!(dev.verify(&token).unwrap().scopes(), "stackflow/api.read");
    let expired = minted(&mut dev, &Mint { expired: true, ..mint(TokenKind::Service) });
    let refused = dev.verify(&expired).unwrap_err();
    assert_eq!(refused, "TOKEN_EXPIRED: claim `exp` has passed");
}

/// What the authorizer has to refuse can be minted as well.
#[test]
fn tokens_that_are_refused() {
    let mut dev = Dev::new();
    let mut check = |mint: Mint<'_>, refusal: &str| {
        let token = minted(&mut dev, &mint);
        assert_eq!(dev.verify(&token).unwrap_err(), refusal);
    };
    check(mint(TokenKind::UserAccess), "WRONG_TOKEN_TYPE: an access token of a user");
    check(
        Mint { client: Some("another"), ..mint(TokenKind::Id) },
        "TOKEN_INVALID: claim `aud` is not an app client of this function",
    );
    check(
        Mint { client: Some("another"), ..mint(TokenKind::Service) },
        "WRONG_TOKEN_TYPE: an access token of a client that is no service client",
    );
}

#[test]
fn a_user_has_no_role_of_services() {
    let mut dev = Dev::new();
    let mint = Mint { role: "service_account", ..mint(TokenKind::Id) };
    let refused = PoolError::Config("no user can have the role `service_account`".to_owned());
    assert_eq!(dev.pool.mint(&mint, dev.now), Err(refused));
}

#[test]
fn id_tokens_say_what_cognito_says() {
    let mut dev = Dev::new();
    let expected = json!({
        "sub": VIEWER_SUB,
        "email_verified": true,
        "iss": ISSUER,
        "cognito:username": VIEWER_SUB,
        "origin_jti": "uuid",
        "aud": APP_CLIENT,
        "token_use": "id",
        "auth_time": NEW_YEAR_2026,
        "custom:role": "viewer",
        "custom:tenant_id": "acme",
        "exp": NEW_YEAR_2026 + TOKEN_SECONDS,
        "iat": NEW_YEAR_2026,
        "jti": "uuid",
        "email": VIEWER,
    });
    assert_eq!(claims(&minted(&mut dev, &mint(TokenKind::Id))), expected);
    let signed_in = dev.sign_in(VIEWER);
    assert_eq!(claims(signed_in["IdToken"].as_str().unwrap()), expected);
}

#[test]
fn access_tokens_say_what_cognito_says() {
    let mut dev = Dev::new();
    let expected = json!({
        "sub": VIEWER_SUB,
        "iss": ISSUER,
        "client_id": APP_CLIENT,
        "origin_jti": "uuid",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": NEW_YEAR_2026,
        "exp": NEW_YEAR_2026 + TOKEN_SECONDS,
        "iat": NEW_YEAR_2026,
        "jti": "uuid",
        "username": VIEWER_SUB,
        "version": 2,
    });
    assert_eq!(claims(&minted(&mut dev, &mint(TokenKind::UserAccess))), expected);
    let signed_in = dev.sign_in(VIEWER);
    assert_eq!(claims(signed_in["AccessToken"].as_str().unwrap()), expected);

    let expected = json!({
        "sub": SERVICE_CLIENT,
        "iss": ISSUER,
        "client_id": SERVICE_CLIENT,
        "token_use": "access",
        "scope": "stackflow/api.read stackflow/api.write",
        "auth_time": NEW_YEAR_2026,
        "exp": NEW_YEAR_2026 + TOKEN_SECONDS,
        "iat": NEW_YEAR_2026,
        "jti": "uuid",
        "version": 2,
    });
    assert_eq!(claims(&minted(&mut dev, &mint(TokenKind::Service))), expected);
}

/// The pool's own API takes tokens of sign-ins alone.
#[test]
fn a_minted_token_has_no_session() {
    let mut dev = Dev::new();
    let token = minted(&mut dev, &mint(TokenKind::UserAccess));
    let refusal = "NotAuthorizedException: Access Token has been revoked";
    dev.refuse("GetUser", &json!({ "AccessToken": token }), refusal);
}
