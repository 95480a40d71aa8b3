//! Which jobs there are, and when they are due.

use std::collections::HashMap;

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::store::column::{ROWS_AT_ONCE, Row};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::jobs::table::{Jobs, execute};
use crate::store::schema::job;

/// A job that should exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedJob {
    pub kind: &'static str,
    /// Empty for the only job of its kind.
    pub subject: String,
    pub realm: Option<RealmLabel>,
    pub due_at: Timestamp,
}

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub due_at: Timestamp,
    /// The incarnation of the server that does it.
    pub owner: Option<String>,
    pub attempt: i64,
    pub failures: i64,
    pub ended_at: Option<Timestamp>,
    /// `done`, or why the last attempt failed.
    pub outcome: Option<String>,
}

const PLANNED: &str = "INSERT INTO job (kind, subject, realm, due_at, attempt, failures, requests) \
    VALUES ($1, $2, $3, $4, 0, 0, 0) ON CONFLICT (kind, subject) DO";

impl Jobs {
    /// Adds the jobs that do not exist yet.
    pub fn plan(&self, jobs: &[PlannedJob]) -> Result<(), StoreError> {
        let sql = format!("{PLANNED} NOTHING");
        for jobs in jobs.chunks(ROWS_AT_ONCE) {
            self.with(|connection| {
                connection.transaction(|connection| {
                    for planned in jobs {
                        insert(connection, &sql, planned)?;
                    }
                    Ok(())
                })
            })?;
        }
        Ok(())
    }

    /// Makes a job due at a time, unless it is due earlier; it is created if it does not exist. It begins at least `pause`
    /// seconds after the end of the last attempt. An attempt that is running now is followed by another.
    pub fn request(&self, job: &PlannedJob, pause: i64) -> Result<(), StoreError> {
        let paused = format!(
            "CASE WHEN coalesce(job.ended_at + {pause}, $4) > $4 THEN job.ended_at + {pause} ELSE $4 END"
        );
        let sql = format!(
            "{PLANNED} UPDATE SET requests = job.requests + 1, \
             due_at = CASE WHEN job.due_at < {paused} THEN job.due_at ELSE {paused} END"
        );
        self.with(|connection| insert(connection, &sql, job))?;
        self.wake();
        Ok(())
    }

    /// The subjects of a kind, and when they are due.
    pub fn due_times(&self, kind: &str) -> Result<HashMap<String, Timestamp>, StoreError> {
        let rows = self.with(|connection| {
            let rows = job::table.filter(job::kind.eq(kind)).select((job::subject, job::due_at));
            Ok(rows.load::<(String, i64)>(connection)?)
        })?;
        let read = |(subject, due_at): (String, i64)| {
            let due_at = Row { table: "job", id: &subject }.time(due_at)?;
            Ok((subject, due_at))
        };
        rows.into_iter().map(read).collect()
    }

    /// Changes the time of a job that is due at `from`, unless it is running.
    pub fn reschedule(&self, job: &PlannedJob, from: Timestamp) -> Result<(), StoreError> {
        let row = job::table
            .filter(job::kind.eq(job.kind))
            .filter(job::subject.eq(&job.subject))
            .filter(job::due_at.eq(from.epoch_seconds()))
            .filter(job::owner.is_null());
        let changed = diesel::update(row).set(job::due_at.eq(job.due_at.epoch_seconds()));
        self.with(|connection| Ok(changed.execute(connection)?))?;
        Ok(())
    }

    /// Deletes jobs that nobody is doing.
    pub fn forget(&self, kind: &str, subjects: &[String]) -> Result<(), StoreError> {
        for subjects in subjects.chunks(ROWS_AT_ONCE) {
            self.with(|connection| {
                let rows = job::table
                    .filter(job::kind.eq(kind))
                    .filter(job::subject.eq_any(subjects))
                    .filter(job::owner.is_null());
                Ok(diesel::delete(rows).execute(connection)?)
            })?;
        }
        Ok(())
    }

    pub fn find(&self, kind: &str, subject: &str) -> Result<Option<JobRow>, StoreError> {
        let found = self.with(|connection| {
            let row = job::table.filter(job::kind.eq(kind)).filter(job::subject.eq(subject)).select((
                job::due_at,
                job::owner,
                job::attempt,
                job::failures,
                job::ended_at,
                job::outcome,
            ));
            let found = row.first::<(i64, Option<String>, i64, i64, Option<i64>, Option<String>)>(connection);
            Ok(found.optional()?)
        })?;
        let Some((due_at, owner, attempt, failures, ended_at, outcome)) = found else { return Ok(None) };
        let row = Row { table: "job", id: subject };
        let (due_at, ended_at) = (row.time(due_at)?, row.time_if_any(ended_at)?);
        Ok(Some(JobRow { due_at, owner, attempt, failures, ended_at, outcome }))
    }
}

fn insert(connection: &mut AnyConnection, sql: &str, job: &PlannedJob) -> Result<(), StoreError> {
    execute!(
        connection,
        sql,
        Text: job.kind,
        Text: &job.subject,
        Text: job.realm.as_ref().map_or("", RealmLabel::as_str),
        BigInt: job.due_at.epoch_seconds(),
    )?;
    Ok(())
}
