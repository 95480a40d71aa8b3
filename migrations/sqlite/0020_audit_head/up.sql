-- The audit trail has a head of its own, so that an event without a row of the log does not wait for the log's writers.
-- Where both are locked, the head of the log comes first.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- NULL until the events from before the chain are chained.
    sequence BIGINT,
    hash BLOB,
    -- The last event that retention removed: the first that is kept follows it.
    anchor_sequence BIGINT NOT NULL,
    anchor_hash BLOB
);
INSERT INTO audit_head (id, sequence, hash, anchor_sequence, anchor_hash)
    SELECT id, audit_sequence, audit_hash, audit_anchor_sequence, audit_anchor_hash FROM log_head;
ALTER TABLE log_head DROP COLUMN audit_sequence;
ALTER TABLE log_head DROP COLUMN audit_hash;
ALTER TABLE log_head DROP COLUMN audit_anchor_sequence;
ALTER TABLE log_head DROP COLUMN audit_anchor_hash;
