DROP INDEX source_by_creation;
DROP INDEX source_credential_by_creation;
