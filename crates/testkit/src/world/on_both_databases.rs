//! Runs a test on SQLite and on PostgreSQL.

/// Generates two tests from one: on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* fn $name:ident($world:ident: World) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                use super::*;

                fn check(mut $world: $crate::world::World) $body

                #[test]
                fn on_sqlite() {
                    check($crate::world::World::start($crate::world::Database::Sqlite));
                }

                #[test]
                fn on_postgres() {
                    check($crate::world::World::start($crate::world::Database::Postgres));
                }
            }
        )+
    };
}
