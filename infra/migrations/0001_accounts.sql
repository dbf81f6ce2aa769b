-- The people who own API keys, as they are now. What a key may do ends where its owner's role ends.
--
-- Every file here runs once, in the order of the numbers, each in a transaction of its own:
--   psql --single-transaction --set ON_ERROR_STOP=1 --file infra/migrations/0001_accounts.sql …

CREATE SCHEMA portcullis;
-- Whoever may look into a schema may call what it grants: only those named below.
REVOKE ALL ON SCHEMA portcullis FROM PUBLIC;

CREATE TABLE portcullis.accounts (
    -- The `sub` of the user in Cognito.
    user_id text PRIMARY KEY CHECK (user_id ~ '^[A-Za-z0-9._:@+=/-]{1,128}$'),
    tenant_id text NOT NULL CHECK (tenant_id ~ '^[A-Za-z0-9._-]{1,64}$' AND tenant_id NOT IN ('.', '..')),
    -- A role of the access table. One that is not in it grants nothing.
    role text NOT NULL CHECK (role <> ''),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    created_at timestamptz NOT NULL DEFAULT now()
);
