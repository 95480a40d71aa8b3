//! The tables for diesel: the same in both databases (migrations/).

diesel::table! {
    /// One row: the end of the log, and the cluster id.
    log_head (id) {
        id -> Integer,
        position -> BigInt,
        hash -> Binary,
        cluster -> Text,
    }
}

diesel::table! {
    /// One row: both ends of the chain of audit events. Where both heads are locked, that of the log comes first.
    audit_head (id) {
        id -> Integer,
        sequence -> Nullable<BigInt>,
        hash -> Nullable<Binary>,
        anchor_sequence -> BigInt,
        anchor_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    change_log (position) { position -> BigInt, body -> Binary, hash -> Binary, at -> Nullable<BigInt>, }
}

diesel::table! {
    audit_event (id) {
        id -> Text,
        realm -> Text,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        action -> Text,
        target_kind -> Text,
        target_id -> Text,
        target_name -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        position -> BigInt,
        sequence -> Nullable<BigInt>,
        hash -> Nullable<Binary>,
        tokens_ended_estimate -> Nullable<BigInt>,
    }
}

diesel::table! {
    node (incarnation) {
        incarnation -> Text,
        name -> Text,
        lease_seq -> BigInt,
        applied -> BigInt,
        lease_ms -> BigInt,
        version -> Text,
    }
}

diesel::table! {
    master_key (id) {
        id -> Text,
        sequence -> BigInt,
        promoted_at -> Nullable<BigInt>,
        settled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    node_keys (incarnation) { incarnation -> Text, name -> Text, opens -> Text, seals -> Text, }
}

diesel::table! {
    realm (label) {
        label -> Text,
        display_name -> Text,
        settings -> Text,
        cut -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        suspended_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    #[sql_name = "scope"]
    scopes (realm, scope) {
        realm -> Text,
        scope -> Text,
        description -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    resource (realm, kind, name) {
        realm -> Text,
        #[sql_name = "type"]
        kind -> Text,
        name -> Text,
        description -> Text,
        actions -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    #[sql_name = "group"]
    groups (realm, name) {
        realm -> Text,
        name -> Text,
        description -> Text,
        responsible -> Text,
        scopes -> Text,
        resources -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    member (id) {
        id -> Text,
        realm -> Text,
        email -> Text,
        name -> Text,
        roles -> Text,
        groups -> Text,
        disabled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    member_token (id) {
        id -> Text,
        kind -> Text,
        realm -> Text,
        member -> Text,
        description -> Text,
        scopes -> Text,
        digest -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        position -> BigInt,
        sign_in -> Nullable<Text>,
    }
}

diesel::table! {
    identity_link (id) { id -> Text, realm -> Text, record -> Text, }
}

diesel::table! {
    local_account (id) {
        id -> Text,
        realm -> Text,
        record -> Text,
        sealed_under -> Nullable<Text>,
        sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    application_credential (id) {
        id -> Text,
        realm -> Text,
        member -> Text,
        name -> Text,
        description -> Text,
        key_digest -> Text,
        scopes -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        cut -> BigInt,
        replaces -> Nullable<Text>,
        overlap_ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    registry_token (id) {
        id -> Text,
        realm -> Text,
        digest -> Text,
        service -> Text,
        holder -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        position -> BigInt,
    }
}

diesel::table! {
    resource_server (id) {
        id -> Text,
        realm -> Text,
        name -> Text,
        audience -> Text,
        key_digest -> Text,
        cut -> BigInt,
        created_at -> BigInt,
        replaces -> Nullable<Text>,
        overlap_ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    signing_key (kid) {
        kid -> Text,
        realm -> Text,
        purpose -> Text,
        certificate -> Nullable<Text>,
        algorithm -> Text,
        role -> Text,
        public -> Text,
        sealed_under -> Text,
        sealed -> Binary,
        cut -> BigInt,
        created_at -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    service_credential (id) {
        id -> Text,
        name -> Text,
        description -> Text,
        key_digest -> Text,
        validity_days -> Nullable<BigInt>,
        token_ttl_seconds -> BigInt,
        created_at -> BigInt,
        created_by -> Text,
        updated_at -> BigInt,
        updated_by -> Text,
        admin_scopes -> Text,
        replaces -> Nullable<Text>,
        overlap_ends_at -> Nullable<BigInt>,
        realm -> Text,
        cut -> BigInt,
        revoked_at -> Nullable<BigInt>,
        revoked_by -> Nullable<Text>,
        revoked_position -> Nullable<BigInt>,
        search -> Text,
        ends_at -> Nullable<BigInt>,
        grant_set -> BigInt,
        granted_at -> BigInt,
    }
}

diesel::table! {
    source_credential (id) {
        id -> Text,
        realm -> Text,
        name -> Text,
        source_type -> Text,
        expires_at -> Nullable<BigInt>,
        outcome -> Text,
        search -> Text,
        record -> Text,
        sealed_under -> Nullable<Text>,
        sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    source (id) {
        id -> Text,
        realm -> Text,
        name -> Text,
        source_type -> Text,
        credential -> Text,
        search -> Text,
        record -> Text,
    }
}

diesel::table! {
    sign_in_provider (id) {
        id -> Text,
        realm -> Text,
        record -> Text,
        sealed_under -> Nullable<Text>,
        sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    webhook (id) {
        id -> Text,
        realm -> Text,
        record -> Text,
        sealed_under -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        audit_sequence -> BigInt,
    }
}

diesel::table! {
    webhook_delivery (id) {
        id -> Text,
        realm -> Text,
        webhook -> Text,
        event_id -> Text,
        event_type -> Text,
        body -> Text,
        status -> Text,
        created_at -> BigInt,
        due_at -> Nullable<BigInt>,
        retry_until -> BigInt,
        attempts -> Text,
    }
}

diesel::table! {
    expiry_notice (realm, kind, id, days, ends_at) {
        realm -> Text,
        kind -> Text,
        id -> Text,
        days -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    grant_set (id) {
        id -> BigInt,
        realm -> Text,
        digest -> Text,
        groups -> Text,
        resources -> Text,
        cut -> BigInt,
        written -> BigInt,
    }
}

diesel::table! {
    grant_cut (position, part) {
        position -> BigInt,
        part -> BigInt,
        realm -> Text,
        digests -> Binary,
    }
}

diesel::table! {
    credential_usage (credential, audience, hour) {
        credential -> Text,
        audience -> Text,
        hour -> BigInt,
        issued -> BigInt,
        refused -> BigInt,
    }
}

diesel::table! {
    last_use (id) {
        id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    revoked_token (realm, jti) {
        realm -> Text,
        jti -> Text,
        client_id -> Text,
        position -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    restriction (realm, position, subject) {
        realm -> Text,
        position -> BigInt,
        subject -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    deleted_audience (realm, position) { realm -> Text, position -> BigInt, audience -> Text, }
}

diesel::table! {
    last_wait (realm) {
        realm -> Text,
        position -> BigInt,
        at -> BigInt,
        took_ms -> BigInt,
        outcome -> Text,
    }
}

diesel::table! {
    heard (realm, kind, name) {
        realm -> Text,
        kind -> Text,
        name -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    idempotency_key (realm, caller, operation, key) {
        realm -> Text,
        caller -> Text,
        operation -> Text,
        #[sql_name = "idempotency_key"]
        key -> Text,
        made_id -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    source_pull (source) {
        source -> Text,
        realm -> Text,
        at -> BigInt,
        credential -> Text,
        version -> BigInt,
        outcome -> Text,
        items -> Nullable<BigInt>,
    }
}

diesel::table! {
    job (kind, subject) {
        kind -> Text,
        subject -> Text,
        realm -> Text,
        due_at -> BigInt,
        owner -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        attempt -> BigInt,
        failures -> BigInt,
        requests -> BigInt,
        ended_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(node, node_keys);
diesel::allow_tables_to_appear_in_same_query!(deleted_audience, restriction);
diesel::allow_tables_to_appear_in_same_query!(grant_set, service_credential);
diesel::allow_tables_to_appear_in_same_query!(source, source_credential);
diesel::allow_tables_to_appear_in_same_query!(member, member_token);
diesel::allow_tables_to_appear_in_same_query!(credential_usage, service_credential);
