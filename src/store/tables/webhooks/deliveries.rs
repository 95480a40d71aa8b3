//! Table `webhook_delivery`: what waits to be sent, and what became of it.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::column::{Row, containing, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{webhook, webhook_delivery};
use claviger_domain::{Delivery, DeliveryId, DeliveryStatus, Query, WebhookId};

#[derive(Queryable, Insertable)]
#[diesel(table_name = webhook_delivery)]
struct Columns {
    id: String,
    realm: String,
    webhook: String,
    event_id: String,
    event_type: String,
    body: String,
    status: String,
    created_at: i64,
    due_at: Option<i64>,
    retry_until: i64,
    attempts: String,
}

/// A webhook that has something to send, and from when on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueWebhook {
    pub realm: RealmLabel,
    pub webhook: WebhookId,
    pub due_at: Timestamp,
}

pub fn insert(connection: &mut AnyConnection, delivery: &Delivery) -> Result<(), StoreError> {
    diesel::insert_into(webhook_delivery::table).values(columns(delivery)?).execute(connection)?;
    Ok(())
}

pub fn count_waiting(connection: &mut AnyConnection, webhook: &str) -> Result<usize, StoreError> {
    let waiting = webhook_delivery::table
        .filter(webhook_delivery::webhook.eq(webhook))
        .filter(webhook_delivery::due_at.is_not_null());
    let count: i64 = waiting.count().get_result(connection)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

impl Store {
    pub fn insert_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        self.write(|connection| insert(connection, delivery))
    }

    pub fn find_delivery(
        &self,
        realm: &RealmLabel,
        webhook: WebhookId,
        id: DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        let found = webhook_delivery::table
            .filter(webhook_delivery::id.eq(id.to_string()))
            .filter(webhook_delivery::webhook.eq(webhook.to_string()))
            .filter(webhook_delivery::realm.eq(realm.as_str()))
            .first::<Columns>(&mut *self.reader()?)
            .optional()?;
        found.map(read).transpose()
    }

    /// In the order of creation.
    pub fn list_deliveries(
        &self,
        realm: &RealmLabel,
        webhook: WebhookId,
        query: &Query<()>,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut found = webhook_delivery::table
            .filter(webhook_delivery::webhook.eq(webhook.to_string()))
            .filter(webhook_delivery::realm.eq(realm.as_str()))
            .limit(i64::try_from(query.limit).unwrap_or(i64::MAX))
            .into_boxed();
        if let Some(status) = &query.status {
            found = found.filter(webhook_delivery::status.eq(status));
        }
        if let Some(search) = &query.search {
            let part = containing(search);
            found = found.filter(
                webhook_delivery::event_type
                    .like(part.clone())
                    .escape('\\')
                    .or(webhook_delivery::id.like(part.clone()).escape('\\'))
                    .or(webhook_delivery::event_id.like(part).escape('\\')),
            );
        }
        let after = query.after.as_ref().map(|after| after.id.clone());
        found = match (query.descending, after) {
            (true, None) => found.order(webhook_delivery::id.desc()),
            (true, Some(id)) => found.filter(webhook_delivery::id.lt(id)).order(webhook_delivery::id.desc()),
            (false, None) => found.order(webhook_delivery::id.asc()),
            (false, Some(id)) => found.filter(webhook_delivery::id.gt(id)).order(webhook_delivery::id.asc()),
        };
        found.load::<Columns>(&mut *self.list_reader()?)?.into_iter().map(read).collect()
    }

    /// Of all realms, each with its earliest delivery.
    pub fn due_webhooks(&self) -> Result<Vec<DueWebhook>, StoreError> {
        let rows = webhook_delivery::table
            .filter(webhook_delivery::due_at.is_not_null())
            .group_by((webhook_delivery::realm, webhook_delivery::webhook))
            .select((
                webhook_delivery::realm,
                webhook_delivery::webhook,
                diesel::dsl::min(webhook_delivery::due_at),
            ))
            .load::<(String, String, Option<i64>)>(&mut *self.reader()?)?;
        let due = |(realm, webhook, due_at): (String, String, Option<i64>)| {
            let row = Row { table: "webhook_delivery", id: &webhook };
            let due_at = row.time(due_at.unwrap_or_default())?;
            Ok(DueWebhook { realm: row.parse(&realm)?, webhook: row.parse(&webhook)?, due_at })
        };
        rows.into_iter().map(due).collect()
    }

    /// When something is due to a webhook, now or later.
    pub fn next_delivery(&self, webhook: WebhookId) -> Result<Option<Timestamp>, StoreError> {
        let id = webhook.to_string();
        let next = webhook_delivery::table
            .filter(webhook_delivery::webhook.eq(&id))
            .select(diesel::dsl::min(webhook_delivery::due_at))
            .first::<Option<i64>>(&mut *self.reader()?)?;
        Row { table: "webhook_delivery", id: &id }.time_if_any(next)
    }

    /// Those of one webhook whose attempt is due, the oldest first.
    pub fn due_deliveries(
        &self,
        webhook: WebhookId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows = webhook_delivery::table
            .filter(webhook_delivery::webhook.eq(webhook.to_string()))
            .filter(webhook_delivery::due_at.le(now.epoch_seconds()))
            .order((webhook_delivery::due_at.asc(), webhook_delivery::id.asc()))
            .limit(limit)
            .load::<Columns>(&mut *self.reader()?)?;
        rows.into_iter().map(read).collect()
    }

    /// Writes what became of it, unless it has changed meanwhile: `before` is the delivery as it was read. Returns
    /// whether it was written.
    pub fn replace_delivery(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError> {
        let (before, after) = (columns(before)?, columns(after)?);
        self.write(|connection| {
            let key = webhook_delivery::table
                .filter(webhook_delivery::id.eq(&before.id))
                .filter(webhook_delivery::status.eq(&before.status))
                .filter(webhook_delivery::attempts.eq(&before.attempts));
            let changed = diesel::update(key)
                .set((
                    webhook_delivery::status.eq(&after.status),
                    webhook_delivery::due_at.eq(after.due_at),
                    webhook_delivery::retry_until.eq(after.retry_until),
                    webhook_delivery::attempts.eq(&after.attempts),
                ))
                .execute(connection)?;
            Ok(changed > 0)
        })
    }

    /// Ends everything that waits for a webhook that is disabled.
    pub fn fail_waiting_deliveries(&self, webhook: WebhookId) -> Result<usize, StoreError> {
        self.write(|connection| {
            let waiting = webhook_delivery::table
                .filter(webhook_delivery::webhook.eq(webhook.to_string()))
                .filter(webhook_delivery::due_at.is_not_null());
            let failed = (
                webhook_delivery::status.eq(DeliveryStatus::Failed.as_str()),
                webhook_delivery::due_at.eq(None::<i64>),
            );
            Ok(diesel::update(waiting).set(failed).execute(connection)?)
        })
    }

    /// Deletes what has ended: all from before a time, and all but the latest `kept` of each webhook. Returns
    /// how many.
    pub fn prune_deliveries(&self, before: Timestamp, kept: i64) -> Result<usize, StoreError> {
        let webhooks = webhook::table.select(webhook::id).load::<String>(&mut *self.reader()?)?;
        let mut pruned = 0;
        for id in webhooks {
            let ended = || {
                webhook_delivery::table
                    .filter(webhook_delivery::webhook.eq(id.clone()))
                    .filter(webhook_delivery::due_at.is_null())
            };
            let last_kept = ended()
                .order(webhook_delivery::id.desc())
                .select(webhook_delivery::id)
                .offset(kept)
                .first::<String>(&mut *self.reader()?)
                .optional()?;
            pruned += self.write(|connection| {
                let old = ended().filter(webhook_delivery::created_at.lt(before.epoch_seconds()));
                let old = diesel::delete(old).execute(connection)?;
                let Some(last) = &last_kept else { return Ok(old) };
                let many = ended().filter(webhook_delivery::id.le(last));
                Ok(old + diesel::delete(many).execute(connection)?)
            })?;
        }
        Ok(pruned)
    }
}

fn columns(delivery: &Delivery) -> Result<Columns, StoreError> {
    Ok(Columns {
        id: delivery.id.to_string(),
        realm: delivery.realm.to_string(),
        webhook: delivery.webhook.to_string(),
        event_id: delivery.event_id.to_string(),
        event_type: delivery.event_type.clone(),
        body: delivery.body.clone(),
        status: delivery.status.as_str().to_owned(),
        created_at: delivery.created_at.epoch_seconds(),
        due_at: delivery.due_at.map(Timestamp::epoch_seconds),
        retry_until: delivery.retry_until.epoch_seconds(),
        attempts: to_json(&delivery.attempts)?,
    })
}

fn read(columns: Columns) -> Result<Delivery, StoreError> {
    let row = Row { table: "webhook_delivery", id: &columns.id };
    Ok(Delivery {
        id: row.parse(&columns.id)?,
        realm: row.parse(&columns.realm)?,
        webhook: row.parse(&columns.webhook)?,
        event_id: row.parse(&columns.event_id)?,
        status: row.text(&columns.status)?,
        created_at: row.time(columns.created_at)?,
        due_at: row.time_if_any(columns.due_at)?,
        retry_until: row.time(columns.retry_until)?,
        attempts: row.json(&columns.attempts)?,
        event_type: columns.event_type,
        body: columns.body,
    })
}
