-- Servers that answer from this database together: how often each has renewed its lease, and what it has applied.
ALTER TABLE node ADD COLUMN lease_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN applied BIGINT NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN lease_ms BIGINT NOT NULL DEFAULT 3000;
