//! Table `webhook`: the record as JSON, its sealed secrets, and how far it has followed the audit trail.

use claviger_contract::RealmLabel;
use diesel::dsl::max;
use diesel::prelude::*;

use crate::store::column::{Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{audit_event, webhook, webhook_delivery};
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use crate::store::tables::vault::record_table::{find_sealed, load_records, put_sealed, row_of};
use claviger_domain::{SealedBytes, Webhook, WebhookId};

impl Stored for Webhook {
    /// Without new secrets the stored ones stay. A new one is told of later events alone.
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let (id, record) = (self.id.to_string(), to_json(self)?);
        let key = row_of!(webhook, to.realm, &id);
        if diesel::update(key).set(webhook::record.eq(&record)).execute(to.connection)? == 0 {
            let last = last_sequence(to.connection)?;
            diesel::insert_into(webhook::table)
                .values((
                    webhook::id.eq(&id),
                    webhook::realm.eq(to.realm),
                    webhook::record.eq(&record),
                    webhook::audit_sequence.eq(last),
                ))
                .execute(to.connection)?;
        }
        put_sealed!(webhook, &id, to);
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        load_records!(webhook, connection, each);
        Ok(())
    }
}

impl Deletable for Webhook {
    type Key = WebhookId;

    /// With its secrets, and with everything that was or would be sent to it.
    fn delete(connection: &mut AnyConnection, realm: &str, id: &WebhookId) -> Result<(), StoreError> {
        let id = id.to_string();
        let deliveries = webhook_delivery::table.filter(webhook_delivery::webhook.eq(&id));
        diesel::delete(deliveries.filter(webhook_delivery::realm.eq(realm))).execute(connection)?;
        diesel::delete(row_of!(webhook, realm, &id)).execute(connection)?;
        Ok(())
    }
}

/// A record and its sealed secrets, read together.
pub struct SealedWebhook {
    pub record: Webhook,
    pub sealed: Option<SealedBytes>,
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: WebhookId,
) -> Result<Option<SealedWebhook>, StoreError> {
    let found = find_sealed!(webhook, realm, id, connection);
    Ok(found.map(|(record, sealed)| SealedWebhook { record, sealed }))
}

impl Store {
    pub fn find_webhook(
        &self,
        realm: &RealmLabel,
        id: WebhookId,
    ) -> Result<Option<SealedWebhook>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }

    /// All of a realm, which has few.
    pub fn list_webhooks(&self, realm: &RealmLabel) -> Result<Vec<Webhook>, StoreError> {
        let rows = webhook::table
            .filter(webhook::realm.eq(realm.as_str()))
            .order(webhook::id.asc())
            .select((webhook::id, webhook::record))
            .load::<(String, String)>(&mut *self.list_reader()?)?;
        rows.into_iter().map(|(id, record)| row(&id).json(&record)).collect()
    }
}

/// Of the audit trail.
pub fn last_sequence(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let last = audit_event::table.select(max(audit_event::sequence)).first::<Option<i64>>(connection)?;
    Ok(last.unwrap_or_default())
}

pub fn row(id: &str) -> Row<'_> {
    Row { table: "webhook", id }
}
