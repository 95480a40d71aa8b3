-- Credentials of third parties: each row is the record as JSON, what lists need beside it, and the sealed secrets.
CREATE TABLE source_credential (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    source_type TEXT NOT NULL,
    expires_at BIGINT,
    outcome TEXT NOT NULL,
    search TEXT NOT NULL,
    record TEXT NOT NULL,
    sealed_under TEXT,
    sealed BYTEA
);
CREATE INDEX source_credential_by_name ON source_credential (realm, name, id);

-- What uses them. A source whose credential has no row any more is stopped.
CREATE TABLE source (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    source_type TEXT NOT NULL,
    credential TEXT NOT NULL,
    search TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX source_by_name ON source (realm, name, id);
CREATE INDEX source_by_credential ON source (credential);
