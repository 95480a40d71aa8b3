-- About how many access tokens the act ended, by the hourly counts of issued tokens. Empty if it ended none, or if that
-- was not known in time.
ALTER TABLE audit_event ADD COLUMN tokens_ended_estimate BIGINT;
