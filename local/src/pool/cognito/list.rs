//! `ListUsers`, with its small language of filters.
//!
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html>

use serde_json::{Value, json};

use super::admin::describe;
use super::exception::Exception;
use super::input::ListUsers;
use crate::pool::Pool;
use crate::pool::users::User;

/// The most users of one answer.
const MAX_PAGE: usize = 60;
/// What may be filtered by, besides `sub`, `username` and `status`. Cognito takes no custom
/// attribute either.
const SEARCHABLE: [&str; 7] = [
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
];

impl Pool {
    pub(super) fn list_users(&self, input: &ListUsers) -> Result<Value, Exception> {
        self.require_pool(input.user_pool_id.as_deref())?;
        let limit = input.limit.filter(|limit| *limit > 0).unwrap_or(MAX_PAGE);
        if limit > MAX_PAGE {
            return Err(Exception::invalid_parameter(format!(
                "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy \
                 constraint: Member must have value less than or equal to {MAX_PAGE}"
            )));
        }
        let filter = input.filter.as_deref().filter(|text| !text.is_empty());
        let filter = filter.map(Filter::read).transpose()?;
        let after = input.pagination_token.as_deref().unwrap_or_default();
        let matching = self.users.iter().filter(|user| user.sub.as_str() > after);
        let matching: Vec<&User> = matching
            .filter(|user| filter.as_ref().is_none_or(|filter| filter.takes(user)))
            .collect();
        let page: Vec<Value> =
            matching.iter().take(limit).map(|user| describe(user, "Attributes")).collect();
        let mut output = json!({ "Users": page });
        let last = matching.iter().take(limit).next_back().filter(|_| matching.len() > limit);
        if let (Some(last), Some(output)) = (last, output.as_object_mut()) {
            output.insert("PaginationToken".to_owned(), json!(last.sub));
        }
        Ok(output)
    }
}

/// `name = "value"`, or `name ^= "value"` for a beginning.
struct Filter<'f> {
    name: &'f str,
    value: String,
    is_beginning: bool,
}

impl<'f> Filter<'f> {
    fn read(text: &'f str) -> Result<Self, Exception> {
        let unreadable = || Exception::invalid_parameter("Error while parsing filter.");
        let (name, value) = text.split_once('=').ok_or_else(unreadable)?;
        let (name, is_beginning) = match name.trim().strip_suffix('^') {
            Some(name) => (name.trim(), true),
            None => (name.trim(), false),
        };
        let quoted = value.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let value = quoted.ok_or_else(unreadable)?.replace("\\\"", "\"");
        if !["sub", "username"].contains(&name) && !SEARCHABLE.contains(&name) {
            return Err(Exception::invalid_parameter(format!(
                "Attribute {name} is not searchable in the development pool."
            )));
        }
        Ok(Self { name, value, is_beginning })
    }

    fn takes(&self, user: &User) -> bool {
        let status = json!(user.status);
        let own = match self.name {
            "sub" | "username" => user.sub.as_str(),
            "cognito:user_status" => status.as_str().unwrap_or_default(),
            name => user.attribute(name),
        };
        if self.is_beginning { own.starts_with(&self.value) } else { own == self.value }
    }
}
