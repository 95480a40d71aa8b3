//! Moves events from the audit trail to the outbox: each enters it once, even if a server crashes.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::audit::events::{Columns as EventColumns, StoredAuditEvent, event};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{audit_event, webhook};
use crate::store::tables::webhooks::deliveries::{self, DueWebhook};
use crate::store::tables::webhooks::endpoints::{last_sequence, row};
use claviger_domain::{Delivery, Webhook};

/// Events that enter the outbox in one transaction.
const EVENTS_AT_ONCE: i64 = 200;

/// Without news, a webhook's place in the trail is written only after this many events: they are read again until then.
const MAX_READ_AGAIN: i64 = 10_000;

/// Makes the delivery of an event; `None` if the webhook does not want it.
pub type Make<'a> = &'a mut dyn FnMut(&RealmLabel, &Webhook, &StoredAuditEvent) -> Option<Delivery>;

/// Deliveries of one webhook that wait at once. Its receiver has been down for hours then: further ones fail at once, and
/// can be sent again by hand.
const MAX_WAITING: usize = 10_000;

/// A webhook and its place in the audit trail.
type Follower = (String, String, i64);

impl Store {
    /// Follows the trail for every webhook. Returns the webhooks that something is due to now, and whether there is more.
    pub fn fill_outbox(
        &self,
        actions: &[&str],
        make: Make<'_>,
    ) -> Result<(Vec<DueWebhook>, bool), StoreError> {
        let behind = {
            let connection = &mut *self.reader()?;
            // Later events are not visible before earlier ones, since the trail is written one after another.
            let last = last_sequence(connection)?;
            let followers: Vec<Follower> = webhook::table
                .filter(webhook::audit_sequence.lt(last))
                .select((webhook::id, webhook::realm, webhook::audit_sequence))
                .load(connection)?;
            let mut behind = Vec::new();
            for (id, realm, sequence) in followers {
                let is_far = last - sequence > MAX_READ_AGAIN;
                if is_far || is_told(connection, &realm, sequence, last, actions)? {
                    behind.push(id);
                }
            }
            behind
        };
        let (mut due, mut more) = (Vec::new(), false);
        for id in behind {
            let (of_this, goes_on) = self.write(|connection| follow(connection, &id, actions, make))?;
            due.extend(of_this);
            more |= goes_on;
        }
        Ok((due, more))
    }
}

fn is_told(
    connection: &mut AnyConnection,
    realm: &str,
    after: i64,
    last: i64,
    actions: &[&str],
) -> Result<bool, StoreError> {
    let news = audit_event::table
        .filter(audit_event::realm.eq(realm))
        .filter(audit_event::sequence.gt(after))
        .filter(audit_event::sequence.le(last))
        .filter(audit_event::action.eq_any(actions.iter().copied()))
        .select(audit_event::sequence)
        .limit(1)
        .load::<Option<i64>>(connection)?;
    Ok(!news.is_empty())
}

/// The place in the trail and the deliveries are written together. The first statement locks the row of the webhook, so
/// that two nodes never do the same.
fn follow(
    connection: &mut AnyConnection,
    id: &str,
    actions: &[&str],
    make: Make<'_>,
) -> Result<(Option<DueWebhook>, bool), StoreError> {
    let key = webhook::table.filter(webhook::id.eq(id));
    let locked = diesel::update(key)
        .set(webhook::audit_sequence.eq(webhook::audit_sequence))
        .returning((webhook::realm, webhook::record, webhook::audit_sequence))
        .get_result::<(String, String, i64)>(connection)
        .optional()?;
    let Some((realm, record, after)) = locked else { return Ok((None, false)) };
    let (label, record): (RealmLabel, Webhook) = (row(id).parse(&realm)?, row(id).json(&record)?);
    let last = last_sequence(connection)?;
    let events = audit_event::table
        .filter(audit_event::realm.eq(&realm))
        .filter(audit_event::sequence.gt(after))
        .filter(audit_event::sequence.le(last))
        .filter(audit_event::action.eq_any(actions.iter().copied()))
        .order(audit_event::sequence.asc())
        .limit(EVENTS_AT_ONCE)
        .load::<EventColumns>(connection)?;
    let goes_on = i64::try_from(events.len()) == Ok(EVENTS_AT_ONCE);
    let mut waiting = deliveries::count_waiting(connection, id)?;
    let (mut due, mut upto) = (None, last);
    for columns in events {
        let event = event(columns)?;
        if goes_on {
            upto = event.sequence;
        }
        if let Some(mut delivery) = make(&label, &record, &event) {
            if waiting >= MAX_WAITING {
                delivery = delivery.given_up();
            }
            deliveries::insert(connection, &delivery)?;
            waiting += 1;
            let (webhook, due_at) = (delivery.webhook, delivery.created_at);
            due = Some(DueWebhook { realm: delivery.realm, webhook, due_at });
        }
    }
    diesel::update(key).set(webhook::audit_sequence.eq(upto)).execute(connection)?;
    Ok((due, goes_on))
}
