-- Each audit event carries its number and a hash over itself and all before it; where the chain begins and ends stands in
-- log_head. Rows from before this migration are chained by the program once: until then audit_sequence is NULL.
ALTER TABLE audit_event ADD COLUMN sequence BIGINT;
ALTER TABLE audit_event ADD COLUMN hash BYTEA;
CREATE UNIQUE INDEX audit_event_by_sequence ON audit_event (sequence);

ALTER TABLE log_head ADD COLUMN audit_sequence BIGINT;
ALTER TABLE log_head ADD COLUMN audit_hash BYTEA;
-- The last event that retention took away: the first that is kept follows it.
ALTER TABLE log_head ADD COLUMN audit_anchor_sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE log_head ADD COLUMN audit_anchor_hash BYTEA;

-- Which life of the data this is: a restore begins a new one.
ALTER TABLE log_head ADD COLUMN cluster TEXT NOT NULL DEFAULT '';
UPDATE log_head SET cluster = replace(gen_random_uuid()::text, '-', '');

-- When the row was written, so that retention can tell its age.
ALTER TABLE change_log ADD COLUMN at BIGINT;
CREATE INDEX change_log_by_time ON change_log (at);
