-- Whoever runs `portcullis admin …`: writes accounts, and neither sees nor changes keys. It is a role of its own
-- because an account's role is what its keys may do: an operator who could raise it could give a key anything.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portcullis_administrator') THEN
        CREATE ROLE portcullis_administrator LOGIN;
    END IF;
END $$;
GRANT USAGE ON SCHEMA portcullis TO portcullis_administrator;
GRANT SELECT ON portcullis.accounts TO portcullis_administrator;
GRANT INSERT (user_id, tenant_id, role) ON portcullis.accounts TO portcullis_administrator;
GRANT UPDATE (role, status) ON portcullis.accounts TO portcullis_administrator;
