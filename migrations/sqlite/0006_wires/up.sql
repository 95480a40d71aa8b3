-- Personal access tokens and API tokens are one table: opaque secrets of a member.
ALTER TABLE personal_access_token RENAME TO member_token;
ALTER TABLE member_token ADD COLUMN kind TEXT NOT NULL DEFAULT 'personal_access_token';
DROP INDEX personal_access_token_by_member;
CREATE INDEX member_token_by_member ON member_token (realm, member);

-- Clients that a member owns, with scopes of their own.
CREATE TABLE application_credential (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    member TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    cut BIGINT NOT NULL
);
CREATE INDEX application_credential_by_member ON application_credential (realm, member);

-- Keys for container registries stand beside those for tokens, with the certificates that registries trust.
ALTER TABLE signing_key ADD COLUMN purpose TEXT NOT NULL DEFAULT 'tokens';
ALTER TABLE signing_key ADD COLUMN certificate TEXT;

-- With which a registry's clients get the next registry token.
CREATE TABLE registry_token (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    digest TEXT NOT NULL,
    service TEXT NOT NULL,
    holder TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
