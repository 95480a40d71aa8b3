-- How the member of a session signed in; null for other tokens.
ALTER TABLE member_token ADD COLUMN sign_in TEXT;

-- Members who sign in with a password of this server: each row is the record as JSON, and its sealed secrets.
CREATE TABLE local_account (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    record TEXT NOT NULL,
    sealed_under TEXT,
    sealed BYTEA
);

-- Revoked credentials are counted for the console, and are few among many.
CREATE INDEX service_credential_revoked ON service_credential (realm) WHERE revoked_at IS NOT NULL;
