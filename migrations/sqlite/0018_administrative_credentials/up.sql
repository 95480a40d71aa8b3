-- What a credential may administer, as a list of scopes. Empty for all that existed before.
ALTER TABLE service_credential ADD COLUMN admin_scopes TEXT NOT NULL DEFAULT '[]';
