//! The table of verifiers for the query builder.

use crate::store::schema::node;

diesel::table! {
    verifier (id, node) {
        #[sql_name = "verifier"]
        id -> Text,
        node -> Text,
        realm -> Text,
        resource_server -> Text,
        acked -> BigInt,
        seq -> BigInt,
        lease_ms -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(node, verifier);
