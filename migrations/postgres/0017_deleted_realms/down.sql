ALTER TABLE realm DROP COLUMN deleted_at;
