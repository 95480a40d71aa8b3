DROP TABLE local_account;
ALTER TABLE member_token DROP COLUMN sign_in;
