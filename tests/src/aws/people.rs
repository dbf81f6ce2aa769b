//! User pools as people have them, and what is left in them.

use aws_sdk_cognitoidentityprovider::types::{
    AttributeDataType, ResourceServerScopeType, SchemaAttributeType, UsernameAttributeType,
};
use serde_json::{Map, Value, json};

use super::{Aws, unique};

/// The resource server of the default access table, and its scopes.
const RESOURCE_SERVER: &str = "stackflow";
const SCOPES: [&str; 2] = ["api.read", "api.write"];

impl Aws {
    /// A user pool with sign-in by email, the attributes of role and tenant, a domain, the scopes of the default
    /// access table, and an app client for people. Returns the ids of the pool and of the app client.
    #[must_use]
    pub fn create_people_pool(&self) -> (String, String) {
        let attribute = |name: &str| {
            let builder = SchemaAttributeType::builder().name(name).mutable(true);
            builder.attribute_data_type(AttributeDataType::String).build()
        };
        let create = self
            .cognito
            .create_user_pool()
            .pool_name(unique("people"))
            .username_attributes(UsernameAttributeType::Email)
            .schema(attribute("role"))
            .schema(attribute("tenant_id"));
        let pool = self.wait(create.send()).expect("the pool is made").user_pool.expect("a pool");
        let pool = pool.id.expect("an id");
        let domain = self.cognito.create_user_pool_domain().user_pool_id(&pool);
        self.wait(domain.domain(unique("people")).send()).expect("the domain is made");
        let scope = |name: &str| {
            let builder = ResourceServerScopeType::builder().scope_name(name);
            builder.scope_description(name).build().expect("a scope")
        };
        let server = self
            .cognito
            .create_resource_server()
            .user_pool_id(&pool)
            .identifier(RESOURCE_SERVER)
            .name(RESOURCE_SERVER)
            .set_scopes(Some(SCOPES.map(scope).into()));
        self.wait(server.send()).expect("the resource server is made");
        let client = self.create_app_client(&pool);
        (pool, client)
    }

    /// The attributes and the status of a user; `None` if there is none.
    #[must_use]
    pub fn user(&self, pool: &str, name: &str) -> Option<Value> {
        let get = self.cognito.admin_get_user().user_pool_id(pool).username(name);
        let user = self.wait(get.send()).ok()?;
        let attributes = user.user_attributes.unwrap_or_default().into_iter();
        let mut found: Map<String, Value> =
            attributes.map(|own| (own.name, own.value.into())).collect();
        found.insert("status".to_owned(), user.user_status.expect("a status").as_str().into());
        Some(found.into())
    }

    /// What an app client is allowed.
    #[must_use]
    pub fn app_client(&self, pool: &str, id: &str) -> Option<Value> {
        let describe = self.cognito.describe_user_pool_client().user_pool_id(pool).client_id(id);
        let client = self.wait(describe.send()).ok()?.user_pool_client?;
        let flows = client.allowed_o_auth_flows.unwrap_or_default();
        let flows: Vec<_> = flows.iter().map(|flow| flow.as_str().to_owned()).collect();
        let logins = client.explicit_auth_flows.unwrap_or_default();
        let logins: Vec<_> = logins.iter().map(|flow| flow.as_str().to_owned()).collect();
        Some(json!({
            "name": client.client_name,
            "flows": flows,
            "logins": logins,
            "scopes": client.allowed_o_auth_scopes,
        }))
    }

    /// How many app clients a pool has.
    #[must_use]
    pub fn count_app_clients(&self, pool: &str) -> usize {
        let list = self.cognito.list_user_pool_clients().user_pool_id(pool).max_results(60);
        let clients = self.wait(list.send()).expect("they are listed").user_pool_clients;
        clients.unwrap_or_default().len()
    }

    /// The version of a secret with the label `stage`, which is JSON; `None` if there is none.
    #[must_use]
    pub fn secret(&self, name: &str, stage: &str) -> Option<Value> {
        let get = self.secrets.get_secret_value().secret_id(name).version_stage(stage);
        let text = self.wait(get.send()).ok()?.secret_string.expect("a text");
        Some(serde_json::from_str(&text).expect("JSON"))
    }

    /// The environment of a function.
    #[must_use]
    pub fn variables(&self, function: &str) -> Value {
        let get = self.lambda.get_function_configuration().function_name(function);
        let environment = self.wait(get.send()).expect("it is there").environment;
        let variables = environment.and_then(|own| own.variables).unwrap_or_default();
        variables
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect::<Map<_, _>>()
            .into()
    }
}
