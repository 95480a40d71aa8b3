-- Where in the log each opaque token was made: a cut of its realm ends those from before it. Zero is before every cut.
ALTER TABLE member_token ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_token ADD COLUMN position BIGINT NOT NULL DEFAULT 0;

-- Tokens of older versions: the audit trail says where they were made.
UPDATE member_token SET position = made.position FROM (
    SELECT target_id, max(position) AS position FROM audit_event
    WHERE action IN ('personal_access_token.create', 'api_token.create') GROUP BY target_id
) AS made WHERE made.target_id = member_token.id;
UPDATE registry_token SET position = made.position FROM (
    SELECT target_id, max(position) AS position FROM audit_event
    WHERE action = 'registry_token.create' GROUP BY target_id
) AS made WHERE made.target_id = registry_token.id;

-- A restore moved the cut of its realm beyond tokens that it kept. They stay, unless the realm was suspended after they were made.
-- A token whose audit event is gone stays only where the trail still begins with the realm, and knows of no suspension.
UPDATE member_token SET position = (SELECT cut FROM realm WHERE realm.label = member_token.realm)
WHERE position < (SELECT cut FROM realm WHERE realm.label = member_token.realm)
    AND NOT EXISTS (
        SELECT 1 FROM audit_event WHERE audit_event.realm = member_token.realm
            AND audit_event.action IN ('realm.suspend', 'realm.resume') AND audit_event.position > member_token.position
    )
    AND (position > 0 OR EXISTS (
        SELECT 1 FROM audit_event WHERE audit_event.realm = member_token.realm AND audit_event.action = 'realm.create'
    ));
UPDATE registry_token SET position = (SELECT cut FROM realm WHERE realm.label = registry_token.realm)
WHERE position < (SELECT cut FROM realm WHERE realm.label = registry_token.realm)
    AND NOT EXISTS (
        SELECT 1 FROM audit_event WHERE audit_event.realm = registry_token.realm
            AND audit_event.action IN ('realm.suspend', 'realm.resume') AND audit_event.position > registry_token.position
    )
    AND (position > 0 OR EXISTS (
        SELECT 1 FROM audit_event WHERE audit_event.realm = registry_token.realm AND audit_event.action = 'realm.create'
    ));

-- What was taken away lately, by what it was taken from: a repeated request finds its position here, also for what is deleted.
CREATE TABLE restriction (
    realm TEXT NOT NULL,
    position BIGINT NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (realm, position, subject)
);
CREATE INDEX restriction_by_time ON restriction (at);

-- When each resource server last introspected, and when each container registry's clients last got something.
CREATE TABLE heard (
    realm TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (realm, kind, name)
);
