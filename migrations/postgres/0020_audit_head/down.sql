ALTER TABLE log_head ADD COLUMN audit_sequence BIGINT;
ALTER TABLE log_head ADD COLUMN audit_hash BYTEA;
ALTER TABLE log_head ADD COLUMN audit_anchor_sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE log_head ADD COLUMN audit_anchor_hash BYTEA;
UPDATE log_head SET
    audit_sequence = (SELECT sequence FROM audit_head),
    audit_hash = (SELECT hash FROM audit_head),
    audit_anchor_sequence = (SELECT anchor_sequence FROM audit_head),
    audit_anchor_hash = (SELECT anchor_hash FROM audit_head);
DROP TABLE audit_head;
