DROP INDEX audit_event_by_time;
DROP INDEX service_credential_by_name;
CREATE INDEX service_credential_by_name ON service_credential (realm, name);
ALTER TABLE service_credential DROP COLUMN search;
ALTER TABLE service_credential DROP COLUMN ends_at;
DROP TABLE idempotency_key;
