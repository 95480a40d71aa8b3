-- Who outside is told of events: each row is the record as JSON, its sealed secrets, and how far into the audit trail its
-- events have entered the outbox.
CREATE TABLE webhook (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    record TEXT NOT NULL,
    sealed_under TEXT,
    sealed BYTEA,
    audit_sequence BIGINT NOT NULL
);
CREATE INDEX webhook_by_realm ON webhook (realm, id);

-- The outbox, and the log of what was sent.
CREATE TABLE webhook_delivery (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    webhook TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT,
    retry_until BIGINT NOT NULL,
    attempts TEXT NOT NULL
);
-- Each event enters the outbox of an endpoint once.
CREATE UNIQUE INDEX webhook_delivery_by_event ON webhook_delivery (webhook, event_id);
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook, id);
CREATE INDEX webhook_delivery_by_due ON webhook_delivery (webhook, due_at) WHERE due_at IS NOT NULL;

-- What was told of an end, once: days is what was left at most, 0 for the end itself.
CREATE TABLE expiry_notice (
    realm TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    days BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (realm, kind, id, days, ends_at)
);
CREATE INDEX expiry_notice_by_end ON expiry_notice (ends_at);
CREATE INDEX service_credential_by_end ON service_credential (ends_at) WHERE revoked_at IS NULL;
CREATE INDEX source_credential_by_end ON source_credential (expires_at) WHERE expires_at IS NOT NULL;
