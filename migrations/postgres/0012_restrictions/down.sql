DROP TABLE heard;
DROP TABLE restriction;
ALTER TABLE registry_token DROP COLUMN position;
ALTER TABLE member_token DROP COLUMN position;
