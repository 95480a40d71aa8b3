-- What ended before its retention is found without looking at what lives.
CREATE INDEX member_token_by_end ON member_token (expires_at);
CREATE INDEX member_token_by_revocation ON member_token (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX registry_token_by_realm ON registry_token (realm, id);
CREATE INDEX registry_token_by_end ON registry_token (expires_at);
CREATE INDEX registry_token_by_revocation ON registry_token (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX application_credential_by_end ON application_credential (expires_at);
CREATE INDEX application_credential_by_revocation ON application_credential (revoked_at)
    WHERE revoked_at IS NOT NULL;
CREATE INDEX revoked_token_by_end ON revoked_token (expires_at);
