-- A credential may take the place of another, which ends with their overlap.
ALTER TABLE service_credential ADD COLUMN replaces TEXT;
ALTER TABLE service_credential ADD COLUMN overlap_ends_at BIGINT;

-- Counted beside the log: what is lost of it changes nothing that a token may do. Hours are seconds since the Unix epoch;
-- those of more than 90 days ago are deleted. An empty audience is one that the realm does not know.
CREATE TABLE credential_usage (
    credential TEXT NOT NULL,
    audience TEXT NOT NULL,
    hour BIGINT NOT NULL,
    issued BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (credential, audience, hour)
);
CREATE INDEX credential_usage_by_hour ON credential_usage (hour);

-- Of service credentials and personal access tokens alike; their ids are never used again.
CREATE TABLE last_use (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
