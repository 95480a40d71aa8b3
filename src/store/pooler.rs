//! Recognizes a connection pooler that gives several connections one session in turn.
//!
//! Locks, notifications and prepared statements belong to a session. Through such a pooler they fail later, with errors
//! that look like damage.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::result::Error;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use crate::store::error::StoreError;
use claviger_domain::DatabaseUrl;

/// `other` opens a second connection, which keeps its session busy with a transaction.
pub fn refuse_shared_sessions(
    connection: &mut PgConnection,
    url: &DatabaseUrl,
    other: impl FnOnce() -> Result<PgConnection, StoreError>,
) -> Result<(), StoreError> {
    let before = session(connection)?;
    let mut other = other()?;
    let is_shared = match share(connection, &mut other, before) {
        Ok(is_shared) => is_shared,
        Err(Error::DatabaseError(_, told)) if is_of_pooler(told.message()) => true,
        Err(error) => return Err(error.into()),
    };
    if is_shared { Err(StoreError::Pooled { url: url.clone() }) } else { Ok(()) }
}

fn share(connection: &mut PgConnection, other: &mut PgConnection, before: i32) -> Result<bool, Error> {
    if other.batch_execute("BEGIN").is_err() {
        // Pooling by statement refuses it, and closes the connection. This one shows that the database is there.
        return session(connection).map(|_| true);
    }
    // In this order: a pooler with a single session would let the last question wait.
    Ok(session(other)? == before || session(connection)? != before)
}

fn session(connection: &mut PgConnection) -> Result<i32, Error> {
    #[derive(QueryableByName)]
    struct Backend {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        pid: i32,
    }
    sql_query("SELECT pg_backend_pid() AS pid").get_result::<Backend>(connection).map(|backend| backend.pid)
}

/// PostgreSQL's words about a statement that was prepared in another session.
fn is_of_pooler(message: &str) -> bool {
    message.contains("prepared statement")
}
