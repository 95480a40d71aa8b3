DROP TABLE last_wait;
