-- The console counts both on each of its lists, up to a thousand.
DROP INDEX service_credential_revoked;
CREATE INDEX service_credential_revoked ON service_credential (realm, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX service_credential_by_creation ON service_credential (realm, created_at) WHERE revoked_at IS NULL;
