-- Verifiers that follow the feed of revocations, each as heard by one run of a server. Revocations wait for them.
CREATE TABLE verifier (
    verifier TEXT NOT NULL,
    -- The incarnation of the server.
    node TEXT NOT NULL,
    realm TEXT NOT NULL,
    resource_server TEXT NOT NULL,
    acked BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    lease_ms BIGINT NOT NULL,
    PRIMARY KEY (verifier, node)
);
CREATE INDEX verifier_by_realm ON verifier (realm);
CREATE INDEX verifier_by_node ON verifier (node);
