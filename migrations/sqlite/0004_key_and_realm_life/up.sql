-- Of a key that signs no more, and is published until the last token that it signed is over.
ALTER TABLE signing_key ADD COLUMN retired_at BIGINT;

-- Of a realm that gives no tokens and takes none.
ALTER TABLE realm ADD COLUMN suspended_at BIGINT;
