-- API keys, hashed. What is here cannot be turned back into a key.

CREATE TABLE portcullis.api_keys (
    -- The public part of a key, by which it is found: 16 letters and digits.
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9]{16}$'),
    -- SHA-256 of the key's secret part (`secret`), or of the whole key (`whole`: imported keys).
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    hash_kind text NOT NULL DEFAULT 'secret' CHECK (hash_kind IN ('secret', 'whole')),
    -- The `<env>` in the key; NULL for an imported key, which may have none.
    environment text CHECK (environment ~ '^[a-z0-9]{1,16}$'),
    owner text NOT NULL REFERENCES portcullis.accounts (user_id),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 32 AND array_position(scopes, NULL) IS NULL),
    -- NULL: from anywhere. An empty list would leave open which of the two is meant.
    allowed_cidrs cidr[] CHECK (cardinality(allowed_cidrs) BETWEEN 1 AND 64 AND array_position(allowed_cidrs, NULL) IS NULL),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz CHECK (isfinite(expires_at)),
    -- Set once and for ever: whatever stands here, the key is refused.
    revoked_at timestamptz,
    -- The key that took its place, and until when this one still works.
    replaced_by text REFERENCES portcullis.api_keys (id),
    grace_until timestamptz CHECK (isfinite(grace_until)),
    last_used_at timestamptz,
    CHECK ((replaced_by IS NULL) = (grace_until IS NULL))
);

CREATE INDEX api_keys_owner ON portcullis.api_keys (owner);
-- An imported key has no public part: it is found by its hash.
CREATE UNIQUE INDEX api_keys_whole ON portcullis.api_keys (hash) WHERE hash_kind = 'whole';

-- An end stays an end: what is revoked stays revoked, what is replaced stays replaced, and a grace can
-- be shortened but not given back.
CREATE FUNCTION portcullis.keep_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
        OR (OLD.replaced_by IS NOT NULL AND NEW.replaced_by IS DISTINCT FROM OLD.replaced_by)
        OR NEW.grace_until > OLD.grace_until
    THEN
        RAISE EXCEPTION 'the key % has ended, and stays so', OLD.id;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_ended BEFORE UPDATE OF revoked_at, replaced_by, grace_until
    ON portcullis.api_keys FOR EACH ROW EXECUTE FUNCTION portcullis.keep_ended();
