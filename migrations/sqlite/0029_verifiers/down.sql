DROP TABLE verifier;
