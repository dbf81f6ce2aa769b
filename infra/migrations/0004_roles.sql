-- Who may do what. A cluster has its roles in common, so they may be there already. Both can log in, and
-- neither has a password yet: give it one, kept in Secrets Manager, or on Aurora let it in by IAM (`GRANT
-- rds_iam TO portcullis_authorizer`).

-- The authorizer: the three questions and nothing else.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portcullis_authorizer') THEN
        CREATE ROLE portcullis_authorizer LOGIN;
    END IF;
END $$;
GRANT USAGE ON SCHEMA portcullis TO portcullis_authorizer;
GRANT EXECUTE ON FUNCTION portcullis.find_api_key, portcullis.find_imported_api_key,
    portcullis.touch_api_key TO portcullis_authorizer;
-- The authorizer gives up after a second, and the server soon after.
ALTER ROLE portcullis_authorizer SET statement_timeout = '2s';

-- Whoever runs `portcullis key …`: reads accounts, adds keys, and ends them. No key is ever deleted,
-- and neither its hash nor its scopes, owner or expiry can be changed.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portcullis_operator') THEN
        CREATE ROLE portcullis_operator LOGIN;
    END IF;
END $$;
GRANT USAGE ON SCHEMA portcullis TO portcullis_operator;
GRANT SELECT ON portcullis.accounts TO portcullis_operator;
GRANT SELECT, INSERT ON portcullis.api_keys TO portcullis_operator;
GRANT UPDATE (revoked_at, replaced_by, grace_until) ON portcullis.api_keys TO portcullis_operator;
