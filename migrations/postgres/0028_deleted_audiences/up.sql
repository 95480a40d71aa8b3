-- Audiences of deleted resource servers: those who check tokens offline are told, also after a restart. The row of the same position
-- in the table restriction says when, and is deleted first.
CREATE TABLE deleted_audience (
    realm TEXT NOT NULL,
    position BIGINT NOT NULL,
    audience TEXT NOT NULL,
    PRIMARY KEY (realm, position)
);
