-- What attempts with an Idempotency-Key have made; those of more than ten minutes ago are deleted by the next one.
CREATE TABLE idempotency_key (
    realm TEXT NOT NULL,
    caller TEXT NOT NULL,
    operation TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    made_id TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (realm, caller, operation, idempotency_key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (made_at);

-- When it ends by itself.
ALTER TABLE service_credential ADD COLUMN ends_at BIGINT;
UPDATE service_credential SET ends_at = created_at + validity_days * 86400;

-- Small letters of name, description and id, which searches look in.
ALTER TABLE service_credential ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE service_credential SET search = lower(name || ' ' || description || ' ' || id);
-- In the order of their bytes, as in the other database.
ALTER TABLE service_credential ALTER COLUMN name TYPE TEXT COLLATE "C";
DROP INDEX service_credential_by_name;
CREATE INDEX service_credential_by_name ON service_credential (realm, name, id);

CREATE INDEX audit_event_by_time ON audit_event (realm, at);
