-- A deleted realm keeps its name until its rows are removed.
ALTER TABLE realm ADD COLUMN deleted_at BIGINT;
