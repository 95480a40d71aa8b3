DROP INDEX revoked_token_by_end;
DROP INDEX application_credential_by_revocation;
DROP INDEX application_credential_by_end;
DROP INDEX registry_token_by_revocation;
DROP INDEX registry_token_by_end;
DROP INDEX registry_token_by_realm;
DROP INDEX member_token_by_revocation;
DROP INDEX member_token_by_end;
