DROP TABLE source;
DROP TABLE source_credential;
