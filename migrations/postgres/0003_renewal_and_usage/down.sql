DROP TABLE last_use;
DROP TABLE credential_usage;
ALTER TABLE service_credential DROP COLUMN overlap_ends_at;
ALTER TABLE service_credential DROP COLUMN replaces;
