DELETE FROM resource_server WHERE overlap_ends_at IS NOT NULL;
ALTER TABLE resource_server ADD CONSTRAINT resource_server_realm_audience_key UNIQUE (realm, audience);
ALTER TABLE resource_server DROP COLUMN overlap_ends_at;
ALTER TABLE resource_server DROP COLUMN replaces;
DELETE FROM application_credential WHERE overlap_ends_at IS NOT NULL;
ALTER TABLE application_credential DROP COLUMN overlap_ends_at;
ALTER TABLE application_credential DROP COLUMN replaces;
