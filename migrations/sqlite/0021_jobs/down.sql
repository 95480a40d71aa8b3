DROP TABLE source_pull;
DROP TABLE job;
