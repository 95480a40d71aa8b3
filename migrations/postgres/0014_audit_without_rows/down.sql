DROP INDEX audit_event_by_realm;
CREATE INDEX audit_event_by_position ON audit_event (realm, position);
