DROP INDEX service_credential_by_creation;
DROP INDEX service_credential_revoked;
CREATE INDEX service_credential_revoked ON service_credential (realm) WHERE revoked_at IS NOT NULL;
