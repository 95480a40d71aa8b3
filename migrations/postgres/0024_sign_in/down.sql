DROP INDEX service_credential_revoked;
DROP TABLE local_account;
ALTER TABLE member_token DROP COLUMN sign_in;
