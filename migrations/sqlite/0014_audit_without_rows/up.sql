-- Refused attempts are in the audit trail and make no row of the log: several events may stand at one position, and lists are
-- in the order of the trail.
DROP INDEX audit_event_by_position;
CREATE INDEX audit_event_by_realm ON audit_event (realm, sequence);
