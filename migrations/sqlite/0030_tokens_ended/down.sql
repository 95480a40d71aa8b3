ALTER TABLE audit_event DROP COLUMN tokens_ended_estimate;
