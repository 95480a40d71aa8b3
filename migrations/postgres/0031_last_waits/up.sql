-- The last revocation of each realm that was answered with a receipt: when, and how long everyone took to confirm. Written
-- beside the log, a moment after the answer.
CREATE TABLE last_wait (
    realm TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    outcome TEXT NOT NULL
);
