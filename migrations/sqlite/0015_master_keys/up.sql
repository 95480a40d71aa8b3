-- The master keys that new secrets were sealed under, in their order; the last one is in use.
CREATE TABLE master_key (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    promoted_at BIGINT,
    settled_at BIGINT
);
-- The master keys that each running server can open with, and the one that it seals under.
CREATE TABLE node_keys (
    incarnation TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    opens TEXT NOT NULL,
    seals TEXT NOT NULL
);
