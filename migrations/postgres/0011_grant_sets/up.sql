-- What credentials are granted, once for all of a realm that have the same: an act on a group changes these rows, not its members.
CREATE TABLE grant_set (
    id BIGINT PRIMARY KEY,
    realm TEXT NOT NULL,
    -- Of the lists below; empty until the server has worked it out.
    digest TEXT NOT NULL,
    groups TEXT NOT NULL,
    resources TEXT NOT NULL,
    -- Tokens from before it are dead, of credentials that held the set then.
    cut BIGINT NOT NULL,
    -- The position at which the lists were written last.
    written BIGINT NOT NULL
);
INSERT INTO grant_set (id, realm, digest, groups, resources, cut, written)
SELECT -row_number() OVER (ORDER BY realm, groups, resources), realm, '', groups, resources, 0, 0
FROM (SELECT DISTINCT realm, groups, resources FROM service_credential) AS alike;
CREATE INDEX grant_set_by_digest ON grant_set (realm, digest);

-- Cuts of very many sets by one act, not yet written into their rows: digests of sets, 16 bytes each.
CREATE TABLE grant_cut (
    position BIGINT NOT NULL,
    part BIGINT NOT NULL,
    realm TEXT NOT NULL,
    digests BYTEA NOT NULL,
    PRIMARY KEY (position, part)
);

ALTER TABLE service_credential ADD COLUMN grant_set BIGINT NOT NULL DEFAULT 0;
-- The position from which on it holds the set: earlier cuts of the set are not its own.
ALTER TABLE service_credential ADD COLUMN granted_at BIGINT NOT NULL DEFAULT 0;
UPDATE service_credential SET grant_set = alike.id
FROM grant_set AS alike
WHERE alike.realm = service_credential.realm AND alike.groups = service_credential.groups
    AND alike.resources = service_credential.resources;
ALTER TABLE service_credential DROP COLUMN groups;
ALTER TABLE service_credential DROP COLUMN resources;
CREATE INDEX service_credential_by_grant_set ON service_credential (grant_set);
