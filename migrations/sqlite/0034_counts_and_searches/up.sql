-- The console counts both on each of its lists, up to a thousand.
DROP INDEX service_credential_revoked;
CREATE INDEX service_credential_revoked ON service_credential (realm, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX service_credential_by_creation ON service_credential (realm, created_at) WHERE revoked_at IS NULL;
-- A search reads this index alone, and the table only where it finds something. PostgreSQL has none: its entries are
-- shorter than the longest text of a search.
DROP INDEX service_credential_by_name;
CREATE INDEX service_credential_by_name ON service_credential (realm, name, id, revoked_at, ends_at, search);
