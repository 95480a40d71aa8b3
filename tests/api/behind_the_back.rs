//! Direct access to the database, without the server.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::World;

/// Runs with the rights of the database administrator.
pub fn statement(world: &World, sql: &str) {
    match world.database_url.strip_prefix("sqlite://") {
        Some(path) => {
            let mut connection = SqliteConnection::establish(path).expect("the database");
            connection.batch_execute("PRAGMA busy_timeout = 5000").expect("a setting");
            connection.batch_execute(sql).expect("a statement");
        }
        None => drop(Postgres::shared().psql(&world.database_url, sql)),
    }
}
