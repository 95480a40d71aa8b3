-- Lists in the order of creation, in either direction, read one page and sort nothing.
CREATE INDEX source_credential_by_creation ON source_credential (realm, id);
CREATE INDEX source_by_creation ON source (realm, id);
