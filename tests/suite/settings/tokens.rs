//! The settings of tokens: where they stand, what they must say, and whose word counts.

use shared::authn::TokenSource;
use shared::ids::TenantId;
use tests::lookup;
use tests::runtime_api::Function;
use tests::samples::shared_settings;

use super::{GOOD, check, read};

#[test]
fn token_sources() {
    let check = |value: &str, mistake: &str| check("TOKEN_SOURCES", value, mistake);
    assert_eq!(read(&[]).unwrap().token_sources, [TokenSource::authorization()]);
    let all = "header:authorization, header:access-key,query:token,query:t,websocket-protocol";
    let sources = read(&[("TOKEN_SOURCES", all)]).unwrap().token_sources;
    let written: Vec<String> = sources.iter().map(ToString::to_string).collect();
    assert_eq!(written.join(","), all.replace(' ', ""));
    let refuse = |item: &str, why: &str| {
        check(item, &format!("`TOKEN_SOURCES` names `{item}`: {why}"));
    };
    let cookie = "a browser sends its cookies with forged requests as well, and a gate cannot tell \
                  which requests are forged";
    for item in ["cookie:idToken", "cookie", "header:cookie", "header:Cookie"] {
        refuse(item, cookie);
    }
    let none = "it is none of `header:<name>`, `query:<name>` and `websocket-protocol`";
    for item in
        ["authorization", "body:token", "Header:a", "header", "query", "websocket-protocol:a", ":"]
    {
        refuse(item, none);
    }
    for item in
        ["header:", "header:a b", "header:a:b", "header:ä", &format!("header:{}", "a".repeat(65))]
    {
        refuse(item, "it is no name of a header");
    }
    let parameter = "the name of a parameter is 1 to 64 letters, digits, `-`, `.`, `_` and `~`";
    for item in
        ["query:", "query:a b", "query:a&b", "query:a=b", &format!("query:{}", "a".repeat(65))]
    {
        refuse(item, parameter);
    }
    refuse("header:x-api-key", "this header is for API keys");
    refuse("header:X-Api-Key", "this header is for API keys");
    refuse("header:sec-websocket-protocol", "write `websocket-protocol`");
    for name in
        ["host", "Host", "content-type", "x-forwarded-for", "user-agent", "origin", "set-cookie"]
    {
        refuse(&format!("header:{name}"), "this header has another meaning");
    }
    check("header:a,header:A", "`TOKEN_SOURCES` names `header:A` twice");
    check("query:a,query:a", "`TOKEN_SOURCES` names `query:a` twice");
    check("query:a,query:A", "");
    let empty = "`TOKEN_SOURCES` has an empty item between its commas";
    for value in [",", "header:a,", ",header:a", "header:a,,query:a"] {
        check(value, empty);
    }
    check(
        "WEBSOCKET_TOKEN_PARAMETER",
        "`TOKEN_SOURCES` names `WEBSOCKET_TOKEN_PARAMETER`: it is none of `header:<name>`, \
         `query:<name>` and `websocket-protocol`",
    );
}

/// What has taken its place is said, also where that is set already.
#[test]
fn a_setting_that_was_replaced() {
    let mistake = "`WEBSOCKET_TOKEN_PARAMETER` is now a part of `TOKEN_SOURCES`: write \
                   `TOKEN_SOURCES=header:authorization,query:token`";
    check("WEBSOCKET_TOKEN_PARAMETER", "token", mistake);
    check("WEBSOCKET_TOKEN_PARAMETER", "", "");
    let both = [("WEBSOCKET_TOKEN_PARAMETER", "token"), ("TOKEN_SOURCES", "query:token")];
    assert_eq!(read(&both).unwrap_err(), [mistake]);
}

#[test]
fn claims() {
    let claims = |settings: &[(&str, &str)]| {
        let tokens = read(settings).unwrap().tokens;
        (tokens.role_claim.to_string(), tokens.tenant_claim.to_string())
    };
    let defaults = ("custom:role".to_owned(), "custom:tenant_id".to_owned());
    assert_eq!(claims(&[]), defaults);
    let own = [("ROLE_CLAIM", "cognito:groups"), ("TENANT_CLAIM", "https://a.example/tenant")];
    assert_eq!(claims(&own), (own[0].1.to_owned(), own[1].1.to_owned()));
    let written = "it is a standard attribute, which users can write themselves";
    let of_the_token = "it is one of the claims that the token itself is made of";
    for name in ["ROLE_CLAIM", "TENANT_CLAIM"] {
        for claim in ["name", "nickname", "profile", "email", "zoneinfo", "phone_number"] {
            check(name, claim, &format!("`{name}` is `{claim}`: {written}"));
        }
        for claim in ["sub", "iss", "aud", "scope", "client_id", "token_use", "username", "exp"] {
            check(name, claim, &format!("`{name}` is `{claim}`: {of_the_token}"));
        }
        for claim in ["a b", "a,b", "ä"] {
            check(name, claim, &format!("`{name}` is `{claim}`: it is no name of a claim"));
        }
    }
    let list = "`TENANT_CLAIM` is `cognito:groups`: it is a list, and a tenant is one string";
    check("TENANT_CLAIM", "cognito:groups", list);
    check(
        "ROLE_CLAIM",
        "custom:tenant_id",
        "`ROLE_CLAIM` and `TENANT_CLAIM` are both `custom:tenant_id`",
    );
    check("TENANT_CLAIM", "custom:role", "`ROLE_CLAIM` and `TENANT_CLAIM` are both `custom:role`");
    let both = [("ROLE_CLAIM", "a"), ("TENANT_CLAIM", "a")];
    assert_eq!(read(&both).unwrap_err(), ["`ROLE_CLAIM` and `TENANT_CLAIM` are both `a`"]);
}

#[test]
fn service_clients() {
    let check = |value: &str, mistake: &str| check("SERVICE_CLIENTS", value, mistake);
    let clients = read(&[("SERVICE_CLIENTS", "a=acme, b = claim:custom:tenant_id")]).unwrap();
    let written: Vec<String> = (clients.service_clients.iter())
        .map(|client| format!("{}={}", client.client_id, client.tenant))
        .collect();
    assert_eq!(written, ["a=acme", "b=claim:custom:tenant_id"]);
    for item in ["a", "a=", "=acme", "=", "a:acme"] {
        check(
            item,
            &format!("`SERVICE_CLIENTS` has `{item}`, which is not `<client id>=<tenant>`"),
        );
    }
    check("a-b=acme", "`SERVICE_CLIENTS` names `a-b`, which is no app client id");
    check("a=acme,a=globex", "`SERVICE_CLIENTS` names `a` twice");
    check("a=acme,a=acme", "`SERVICE_CLIENTS` names `a` twice");
    check("a=acme,", "`SERVICE_CLIENTS` has an empty item between its commas");
    for (tenant, why) in [
        ("..", "it is no tenant id"),
        ("a=b", "it is no tenant id"),
        ("a/b", "it is no tenant id"),
        ("*", "it is no tenant id"),
        ("claim:", "it is no name of a claim"),
        ("claim:sub", "it is one of the claims that the token itself is made of"),
        ("claim:iss", "it is one of the claims that the token itself is made of"),
        ("claim:cognito:groups", "it is a list, and a tenant is one string"),
    ] {
        let mistake = format!("`SERVICE_CLIENTS` gives client `a` the tenant `{tenant}`: {why}");
        check(&format!("a={tenant}"), &mistake);
    }
    let several = [("SERVICE_CLIENTS", "a b=..,c")];
    let expected = [
        "`SERVICE_CLIENTS` names `a b`, which is no app client id",
        "`SERVICE_CLIENTS` gives client `a b` the tenant `..`: it is no tenant id",
        "`SERVICE_CLIENTS` has `c`, which is not `<client id>=<tenant>`",
    ];
    assert_eq!(read(&several).unwrap_err(), expected);
}

#[test]
fn audiences() {
    let audiences = |value: &str| read(&[("TOKEN_AUDIENCES", value)]).unwrap().tokens.audiences;
    assert_eq!(audiences(""), [""; 0]);
    assert_eq!(audiences("api , https://api.example"), ["api", "https://api.example"]);
    check("TOKEN_AUDIENCES", "api,api", "`TOKEN_AUDIENCES` names `api` twice");
    check("TOKEN_AUDIENCES", ",", "`TOKEN_AUDIENCES` has an empty item between its commas");
}

#[test]
fn pool_tenants() {
    let read = |value: &str| {
        let pools = ("USER_POOL_IDS", "eu-central-1_A,eu-central-1_B");
        read(&[pools, ("POOL_TENANTS", value)])
    };
    let check = |value: &str, mistake: &str| {
        assert_eq!(read(value).err().unwrap_or_default().join("\n"), mistake, "{value}");
    };
    let speaks = |value: &str, pool: usize, tenant: &str| {
        let issuers = read(value).unwrap().tokens.issuers;
        issuers[pool].speaks_for(&TenantId::parse(tenant).unwrap())
    };
    let own = "eu-central-1_B=globex+initech,eu-central-1_A=*";
    for (pool, tenant, expected) in [
        (0, "acme", true),
        (0, "globex", true),
        (1, "globex", true),
        (1, "initech", true),
        (1, "acme", false),
    ] {
        assert_eq!(speaks(own, pool, tenant), expected, "{pool} {tenant}");
        assert!(speaks("", pool, tenant));
    }
    check(
        "eu-central-1_A=*",
        "`POOL_TENANTS` does not name `eu-central-1_B`, which is in `USER_POOL_IDS`",
    );
    check(
        "eu-central-1_A=*,eu-central-1_B=*,eu-central-1_C=acme",
        "`POOL_TENANTS` names `eu-central-1_C`, which is not in `USER_POOL_IDS`",
    );
    check(
        "eu-central-1_A=*,eu-central-1_B=*,eu-central-1_A=acme",
        "`POOL_TENANTS` names `eu-central-1_A` twice",
    );
    let all_but = |tenants: &str| format!("eu-central-1_A=*,eu-central-1_B={tenants}");
    let shape = "which is neither `<pool id>=<tenant>[+<tenant>…]` nor `<pool id>=*`";
    let missing = "`POOL_TENANTS` does not name `eu-central-1_B`, which is in `USER_POOL_IDS`";
    check(&all_but(""), &format!("`POOL_TENANTS` has `eu-central-1_B=`, {shape}\n{missing}"));
    check(
        "eu-central-1_A=*,eu-central-1_B",
        &format!("`POOL_TENANTS` has `eu-central-1_B`, {shape}\n{missing}"),
    );
    for (tenants, bad) in
        [("a+", ""), ("+a", ""), ("a++b", ""), ("a+*", "*"), ("a b", "a b"), ("..", "..")]
    {
        let text = "which is no tenant id";
        let mistake =
            format!("`POOL_TENANTS` gives pool `eu-central-1_B` the tenant `{bad}`, {text}");
        check(&all_but(tenants), &mistake);
    }
    check(&all_but("a+a"), "`POOL_TENANTS` gives pool `eu-central-1_B` the tenant `a` twice");
    // Nothing but commas is set, and names no pool.
    assert!(read(",").is_err());
}

/// What only settings and table together show.
#[test]
fn service_clients_beside_the_table() {
    const TABLE: &str = include_str!("../../../infra/access.toml");
    let check = |clients: &str, table: &str, expected: &[&str]| {
        let settings = [("SERVICE_CLIENTS", clients), ("RESPONSE", "simple")];
        let lookup = |name: &str| lookup(&settings, name).or_else(|| lookup(&GOOD, name));
        let files = |path: &std::path::Path| match path.to_str() {
            Some("access.toml") => Ok(table.as_bytes().to_vec()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        };
        let now = shared::time::Timestamp::from_unix_millis(0);
        let offline = |name: &str| match name {
            "JWKS_URL" => Some("http://127.0.0.1:1".to_owned()),
            name => lookup(name),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let built = authorizer::build(&offline, &files, authorizer::no_api_keys, now);
        let mistakes = runtime.block_on(built).err().map(|mistakes| mistakes.0).unwrap_or_default();
        assert_eq!(mistakes, expected, "{clients}");
    };
    check("", TABLE, &[]);
    check("second=globex,third=claim:tenant", TABLE, &[]);
    check("1example23456789=acme", TABLE, &[]);
    check(
        "1example23456789=globex",
        TABLE,
        &[
            "`SERVICE_CLIENTS` gives client `1example23456789` the tenant `globex`, and the access table \
           gives it `acme`",
        ],
    );
    check(
        "1example23456789=claim:tenant,second=reports",
        TABLE,
        &[
            "`SERVICE_CLIENTS` gives client `1example23456789` the tenant `claim:tenant`, and the access \
             table gives it `acme`",
            "`SERVICE_CLIENTS` gives client `second` the tenant `reports`, which is also a literal segment \
             of a route",
        ],
    );
    let listed = "[[service_clients]]\nclient_id = \"1example23456789\"\ntenant = \"acme\"\n";
    assert!(TABLE.contains(listed));
    let none = TABLE.replace(listed, "");
    check("second=globex", &none, &[]);
    check(
        "",
        &none,
        &[
            "`CREDENTIALS` takes `service-token`, but there is no service client: neither the access table \
           nor `SERVICE_CLIENTS` has one",
        ],
    );
    let people = "modules = [\"a\"]\n[gateway]\nroutes = \"open\"\nresource_policy = \"none\"\n\
                  policy = \"caller\"\n[roles.viewer]\ngrants = [\"read:a\"]\n[[routes]]\n\
                  path = \"/a\"\nGET = \"read:a\"\n";
    check("", people, &[]);
    check(
        "second=globex",
        people,
        &["`SERVICE_CLIENTS` is set, but no scope of the access table is `presented_by` a \
           `service-token`"],
    );
}

/// The real binary, with the samples' settings and one of its own.
fn binary_with(name: &str, value: &str) -> Function {
    let mut settings = shared_settings("authorizer").unwrap();
    settings.insert(name.to_owned(), value.to_owned());
    Function::start(&tests::binary("authorizer-local").unwrap(), &settings).unwrap()
}

/// Whoever names a list for the context is told what becomes of it.
#[test]
fn lists_in_the_context_are_warned_of() {
    let stderr = |claims: &str| {
        let mut function = binary_with("CONTEXT_CLAIMS", claims);
        function.invoke(b"{}").unwrap();
        function.stop().unwrap().stderr
    };
    let sentence = "`CONTEXT_CLAIMS` names a list: the context gets its elements separated by blanks, or \
                    nothing where one of them has a blank or they are longer than 256 bytes together";
    for list in ["cognito:groups", "cognito:roles"] {
        let seen = stderr(&format!("email,{list}"));
        assert!(seen.contains(sentence) && seen.contains(list), "{seen}");
    }
    let seen = stderr("email,custom:team");
    assert!(!seen.contains("CONTEXT_CLAIMS"), "{seen}");
}

#[test]
fn a_function_with_a_setting_that_was_replaced_does_not_start() {
    let refusal = binary_with("WEBSOCKET_TOKEN_PARAMETER", "token").refusal().unwrap();
    let sentence = "write `TOKEN_SOURCES=header:authorization,query:token`";
    assert!(refusal.output.stderr.contains(sentence), "{}", refusal.output.stderr);
}
