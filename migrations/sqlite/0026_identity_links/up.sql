-- Which member a person at a provider is: each row is the record as JSON.
CREATE TABLE identity_link (
    id TEXT PRIMARY KEY,
    realm TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX identity_link_by_realm ON identity_link (realm, id);
