//! Takes what is due, keeps it, and gives it back. Each is one statement, which changes nothing for anyone but the owner of
//! the present attempt.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::store::column::Row;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::jobs::table::{Jobs, execute};
use crate::store::schema::job;

/// One attempt of one server at a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub kind: &'static str,
    /// Empty for the only job of its kind.
    pub subject: String,
    pub realm: Option<RealmLabel>,
    pub owner: String,
    /// Raised by every claim: the number tells attempts apart.
    pub attempt: i64,
    /// Attempts since the last success that failed, or whose server disappeared.
    pub failures: i64,
    /// How often the job had been requested when it was claimed.
    pub requests: i64,
}

/// How an attempt ended.
pub struct Finished<'a> {
    pub at: Timestamp,
    pub next: Timestamp,
    /// The next time if the job was requested during the attempt, unless `next` is earlier.
    pub next_if_requested: Timestamp,
    pub failures: i64,
    pub outcome: &'a str,
}

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    realm: String,
    #[diesel(sql_type = BigInt)]
    attempt: i64,
    #[diesel(sql_type = BigInt)]
    failures: i64,
    #[diesel(sql_type = BigInt)]
    requests: i64,
}

/// The row that is due longest. An attempt whose server disappeared counts as a failure.
fn claiming(lock: &str) -> String {
    format!(
        "UPDATE job SET owner = $1, lease_until = $2, attempt = attempt + 1, \
            failures = failures + CASE WHEN owner IS NULL THEN 0 ELSE 1 END \
         WHERE (kind, subject) = (\
            SELECT kind, subject FROM job \
            WHERE kind = $3 AND due_at <= $4 AND (lease_until IS NULL OR lease_until <= $4) \
                AND (realm = '' OR $5 NOT LIKE '%,' || realm || ',%') \
            ORDER BY due_at LIMIT 1 {lock}\
         ) RETURNING subject, realm, attempt, failures, requests"
    )
}

/// The row of a claim, while it is its owner's.
macro_rules! own_row {
    ($claim:expr) => {
        job::table
            .filter(job::kind.eq($claim.kind))
            .filter(job::subject.eq($claim.subject.as_str()))
            .filter(job::owner.eq($claim.owner.as_str()))
            .filter(job::attempt.eq($claim.attempt))
    };
}

impl Jobs {
    /// The kinds that have a due job which nobody is doing.
    pub fn due_kinds(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let now = now.epoch_seconds();
        self.with(|connection| {
            let free = job::lease_until.is_null().or(job::lease_until.le(now));
            let due = job::table.filter(job::due_at.le(now)).filter(free);
            Ok(due.select(job::kind).distinct().load(connection)?)
        })
    }

    /// Takes one due job that is not of one of the `busy` realms. Of several servers that try, each gets another one.
    pub fn claim(
        &self,
        kind: &'static str,
        owner: &str,
        (now, lease_until): (Timestamp, Timestamp),
        busy: &[RealmLabel],
    ) -> Result<Option<Claim>, StoreError> {
        // Labels consist of letters, digits and hyphens.
        let busy: String = busy.iter().map(|realm| format!(",{realm},")).collect();
        let (now, until) = (now.epoch_seconds(), lease_until.epoch_seconds());
        let claimed = self.with(|connection| {
            let claimed = match connection {
                AnyConnection::Sqlite(connection) => sql_query(claiming(""))
                    .bind::<Text, _>(owner)
                    .bind::<BigInt, _>(until)
                    .bind::<Text, _>(kind)
                    .bind::<BigInt, _>(now)
                    .bind::<Text, _>(&busy)
                    .get_result::<Claimed>(connection),
                AnyConnection::Postgres(connection) => sql_query(claiming("FOR UPDATE SKIP LOCKED"))
                    .bind::<Text, _>(owner)
                    .bind::<BigInt, _>(until)
                    .bind::<Text, _>(kind)
                    .bind::<BigInt, _>(now)
                    .bind::<Text, _>(&busy)
                    .get_result::<Claimed>(connection),
            };
            Ok(claimed.optional()?)
        })?;
        let Some(claimed) = claimed else { return Ok(None) };
        let row = Row { table: "job", id: &claimed.subject };
        let realm = (!claimed.realm.is_empty()).then(|| row.parse(&claimed.realm)).transpose()?;
        let Claimed { attempt, failures, requests, .. } = claimed;
        let owner = owner.to_owned();
        Ok(Some(Claim { kind, subject: claimed.subject, realm, owner, attempt, failures, requests }))
    }

    /// Returns whether the job is still this owner's. A lease that has ended is renewed unless another server has taken
    /// the job.
    pub fn renew(&self, claim: &Claim, lease_until: Timestamp) -> Result<bool, StoreError> {
        let until = Some(lease_until.epoch_seconds());
        let renewed = diesel::update(own_row!(claim)).set(job::lease_until.eq(until));
        self.with(|connection| Ok(renewed.execute(connection)? == 1))
    }

    /// Whether no other server has taken the job.
    pub fn is_held(&self, claim: &Claim) -> Result<bool, StoreError> {
        self.with(|connection| Ok(own_row!(claim).count().get_result::<i64>(connection)? == 1))
    }

    /// Returns whether it was written: an owner that has lost the job writes nothing.
    pub fn finish(&self, claim: &Claim, finished: &Finished<'_>) -> Result<bool, StoreError> {
        const FINISHED: &str = "UPDATE job SET owner = NULL, lease_until = NULL, \
            due_at = CASE WHEN requests = $1 OR $2 < $3 THEN $2 ELSE $3 END, \
            failures = $4, ended_at = $5, outcome = $6 \
            WHERE kind = $7 AND subject = $8 AND owner = $9 AND attempt = $10";
        let rows = self.with(|connection| {
            Ok(execute!(
                connection,
                FINISHED,
                BigInt: claim.requests,
                BigInt: finished.next.epoch_seconds(),
                BigInt: finished.next_if_requested.epoch_seconds(),
                BigInt: finished.failures,
                BigInt: finished.at.epoch_seconds(),
                Nullable<Text>: Some(finished.outcome),
                Text: claim.kind,
                Text: &claim.subject,
                Text: &claim.owner,
                BigInt: claim.attempt,
            )?)
        })?;
        Ok(rows == 1)
    }

    /// Deletes the row of a job that has nothing more to do, unless it was requested meanwhile. Returns whether it was.
    pub fn remove(&self, claim: &Claim) -> Result<bool, StoreError> {
        let removed = diesel::delete(own_row!(claim).filter(job::requests.eq(claim.requests)));
        self.with(|connection| Ok(removed.execute(connection)? == 1))
    }

    /// For SQLite at the start: no other server can be doing anything.
    pub fn free_all(&self) -> Result<(), StoreError> {
        self.with(|connection| {
            if matches!(connection, AnyConnection::Sqlite(_)) {
                diesel::update(job::table.filter(job::owner.is_not_null()))
                    .set((job::owner.eq(None::<String>), job::lease_until.eq(None::<i64>)))
                    .execute(connection)?;
            }
            Ok(())
        })
    }
}
