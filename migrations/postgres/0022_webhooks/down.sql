DROP INDEX source_credential_by_end;
DROP INDEX service_credential_by_end;
DROP TABLE expiry_notice;
DROP TABLE webhook_delivery;
DROP TABLE webhook;
