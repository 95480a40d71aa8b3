DROP TABLE application_credential;
DROP INDEX member_token_by_member;
DELETE FROM member_token WHERE kind <> 'personal_access_token';
ALTER TABLE member_token DROP COLUMN kind;
ALTER TABLE member_token RENAME TO personal_access_token;
CREATE INDEX personal_access_token_by_member ON personal_access_token (realm, member);
