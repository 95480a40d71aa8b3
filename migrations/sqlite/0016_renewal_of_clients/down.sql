CREATE TABLE resource_server_single (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    audience TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    cut BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (realm, audience)
);
INSERT INTO resource_server_single
    SELECT id, realm, name, audience, key_digest, cut, created_at FROM resource_server WHERE overlap_ends_at IS NULL;
DROP TABLE resource_server;
ALTER TABLE resource_server_single RENAME TO resource_server;
DELETE FROM application_credential WHERE overlap_ends_at IS NOT NULL;
ALTER TABLE application_credential DROP COLUMN overlap_ends_at;
ALTER TABLE application_credential DROP COLUMN replaces;
