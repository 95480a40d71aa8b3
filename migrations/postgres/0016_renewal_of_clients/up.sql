-- An application credential or a resource server may take the place of another, which ends with their overlap.
ALTER TABLE application_credential ADD COLUMN replaces TEXT;
ALTER TABLE application_credential ADD COLUMN overlap_ends_at BIGINT;
ALTER TABLE resource_server ADD COLUMN replaces TEXT;
ALTER TABLE resource_server ADD COLUMN overlap_ends_at BIGINT;
-- During the overlap two servers have the same audience.
ALTER TABLE resource_server DROP CONSTRAINT resource_server_realm_audience_key;
