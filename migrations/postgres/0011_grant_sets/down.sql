DROP INDEX service_credential_by_grant_set;
ALTER TABLE service_credential ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
ALTER TABLE service_credential ADD COLUMN resources TEXT NOT NULL DEFAULT '[]';
UPDATE service_credential SET groups = held.groups, resources = held.resources,
    cut = CASE WHEN held.cut > granted_at AND held.cut > service_credential.cut THEN held.cut ELSE service_credential.cut END
FROM grant_set AS held WHERE held.id = service_credential.grant_set;
ALTER TABLE service_credential DROP COLUMN grant_set;
ALTER TABLE service_credential DROP COLUMN granted_at;
DROP TABLE grant_set;
DROP TABLE grant_cut;
