-- Work that one server at a time does: when it is due, who does it, and how it ended last. It belongs to no realm's
-- history: what is missing here is planned anew.
CREATE TABLE job (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    realm TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    owner TEXT,
    lease_until BIGINT,
    attempt BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX job_by_due_time ON job (due_at);

-- What the last pull of each source found.
CREATE TABLE source_pull (
    source TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    at BIGINT NOT NULL,
    credential TEXT NOT NULL,
    version BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    items BIGINT
);
