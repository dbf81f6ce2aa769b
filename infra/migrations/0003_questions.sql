-- What the authorizer asks, and all that it may ask. Its role has no right to the tables: with its
-- credentials alone nobody can list keys, hashes or accounts.
--
-- Functions, and not statements of the authorizer's own, for a second reason: their plans are kept in
-- the session. RDS Proxy allows no named prepared statements, and with a plan made anew each time the
-- question takes half as long again.

-- What is found: a key with its owner as of now. Moments are seconds since 1970, so that even
-- `infinity` arrives.
CREATE VIEW portcullis.keys_with_owner AS
    SELECT
        k.id, k.hash, k.hash_kind, k.scopes, k.allowed_cidrs,
        date_part('epoch', k.expires_at) AS expires_at,
        date_part('epoch', k.revoked_at) AS revoked_at,
        k.replaced_by,
        date_part('epoch', k.grace_until) AS grace_until,
        date_part('epoch', k.last_used_at) AS last_used_at,
        o.user_id, o.tenant_id, o.role, o.status
    FROM portcullis.api_keys k JOIN portcullis.accounts o ON o.user_id = k.owner;

-- "Which key has this public part?" The row as JSON: one value is sooner asked for than fourteen.
CREATE FUNCTION portcullis.find_api_key(wanted text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN (SELECT row_to_json(k) FROM portcullis.keys_with_owner k WHERE k.id = wanted);
END
$$;

-- "Which imported key has this hash?"
CREATE FUNCTION portcullis.find_imported_api_key(wanted bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN (
        SELECT row_to_json(k) FROM portcullis.keys_with_owner k
        WHERE k.hash = wanted AND k.hash_kind = 'whole'
    );
END
$$;

-- "This key was used just now": at most once a minute for each key, and never waiting for whoever
-- has the row, nor for long for whoever has the table: the next decision comes over the same connection.
CREATE FUNCTION portcullis.touch_api_key(used text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' SET lock_timeout = '50ms' AS $$
    UPDATE portcullis.api_keys SET last_used_at = now() WHERE id = (
        SELECT id FROM portcullis.api_keys
        WHERE id = used AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
        FOR UPDATE SKIP LOCKED
    );
$$;

REVOKE ALL ON FUNCTION portcullis.find_api_key, portcullis.find_imported_api_key,
    portcullis.touch_api_key FROM PUBLIC;
