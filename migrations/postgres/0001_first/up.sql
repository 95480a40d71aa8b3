-- Every change that a token's fate may hang on is one row of change_log; the other tables are what the rows add up to.
-- Times are seconds since the Unix epoch. Lists and actors are JSON texts, written and read by one place in the store.

CREATE TABLE log_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
INSERT INTO log_head (id, position, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

CREATE TABLE change_log (
    position BIGINT PRIMARY KEY,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE audit_event (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    before TEXT,
    after TEXT,
    address TEXT,
    request_id TEXT,
    position BIGINT NOT NULL
);
-- One act, one row, one event: the order of the events is that of the log.
CREATE UNIQUE INDEX audit_event_by_position ON audit_event (realm, position);

-- Which servers answer from this database, so that a successor knows whose answers it must wait out.
CREATE TABLE node (
    incarnation TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE realm (
    label TEXT PRIMARY KEY,
    display_name TEXT NOT NULL,
    settings TEXT NOT NULL,
    cut BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE scope (
    realm TEXT NOT NULL,
    scope TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (realm, scope)
);

CREATE TABLE resource (
    realm TEXT NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    actions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (realm, type, name)
);

CREATE TABLE "group" (
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    responsible TEXT NOT NULL,
    scopes TEXT NOT NULL,
    resources TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (realm, name)
);

CREATE TABLE member (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    groups TEXT NOT NULL,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (realm, email)
);

CREATE TABLE personal_access_token (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    member TEXT NOT NULL,
    description TEXT NOT NULL,
    scopes TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX personal_access_token_by_member ON personal_access_token (realm, member);

CREATE TABLE resource_server (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    audience TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    cut BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (realm, audience)
);

CREATE TABLE signing_key (
    kid TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    role TEXT NOT NULL,
    public TEXT NOT NULL,
    sealed_under TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    cut BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE service_credential (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    validity_days BIGINT,
    token_ttl_seconds BIGINT NOT NULL,
    groups TEXT NOT NULL,
    resources TEXT NOT NULL,
    cut BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    revoked_at BIGINT,
    revoked_by TEXT,
    revoked_position BIGINT
);
CREATE INDEX service_credential_by_realm ON service_credential (realm, id);
CREATE INDEX service_credential_by_name ON service_credential (realm, name);

CREATE TABLE revoked_token (
    realm TEXT NOT NULL,
    jti TEXT NOT NULL,
    client_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (realm, jti)
);
