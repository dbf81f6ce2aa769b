//! The rows of accounts: whoever owns keys, and what role they have.

use super::{Parameter, Store, StoreError, Type, query};

impl Store {
    /// Adds an account.
    ///
    /// # Errors
    /// There is one already ([`StoreError::is_repetition`]), or the database failed.
    pub(crate) async fn add_account(
        &self,
        user: &str,
        tenant: &str,
        role: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO portcullis.accounts (user_id, tenant_id, role) VALUES ($1, $2, $3)";
        let parameters: [Parameter<'_>; 3] =
            [(&user, Type::TEXT), (&tenant, Type::TEXT), (&role, Type::TEXT)];
        query(&self.client, sql, &parameters).await.map(drop)
    }

    /// Gives an account whose role is `from` the role `to`. Returns whether it still had that role.
    pub(crate) async fn change_role(
        &self,
        user: &str,
        from: &str,
        to: &str,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE portcullis.accounts SET role = $3 \
                   WHERE user_id = $1 AND role = $2 RETURNING user_id";
        let parameters: [Parameter<'_>; 3] =
            [(&user, Type::TEXT), (&from, Type::TEXT), (&to, Type::TEXT)];
        Ok(!query(&self.client, sql, &parameters).await?.is_empty())
    }

    /// Suspends an account: its keys are refused from now on. Returns whether there is one.
    pub(crate) async fn suspend(&self, user: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE portcullis.accounts SET status = 'suspended' \
                   WHERE user_id = $1 RETURNING user_id";
        Ok(!query(&self.client, sql, &[(&user, Type::TEXT)]).await?.is_empty())
    }
}
