-- Where people sign in: each row is the record as JSON, and its sealed client secret.
CREATE TABLE sign_in_provider (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    record TEXT NOT NULL,
    sealed_under TEXT,
    sealed BYTEA
);
CREATE INDEX sign_in_provider_by_realm ON sign_in_provider (realm, id);
