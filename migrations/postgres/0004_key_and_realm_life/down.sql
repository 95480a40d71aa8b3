ALTER TABLE realm DROP COLUMN suspended_at;
ALTER TABLE signing_key DROP COLUMN retired_at;
