-- An application credential or a resource server may take the place of another, which ends with their overlap.
ALTER TABLE application_credential ADD COLUMN replaces TEXT;
ALTER TABLE application_credential ADD COLUMN overlap_ends_at BIGINT;
-- During the overlap two servers have the same audience.
CREATE TABLE resource_server_renewed (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    audience TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    cut BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    replaces TEXT,
    overlap_ends_at BIGINT
);
INSERT INTO resource_server_renewed
    SELECT id, realm, name, audience, key_digest, cut, created_at, NULL, NULL FROM resource_server;
DROP TABLE resource_server;
ALTER TABLE resource_server_renewed RENAME TO resource_server;
