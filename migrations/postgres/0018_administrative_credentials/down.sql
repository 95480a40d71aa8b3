ALTER TABLE service_credential DROP COLUMN admin_scopes;
