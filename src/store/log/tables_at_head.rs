//! What an act reads of the tables while it is decided: over the connection that holds the lock on the head of the log.
//! Over any other connection it would wait for a pool while all writers wait for it.

use std::cell::RefCell;

use claviger_contract::RealmLabel;

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::tables::people::local_accounts::{self, SealedAccount};
use crate::store::tables::people::member_tokens;
use crate::store::tables::people::sign_in_providers::{self, SealedSignInProvider};
use crate::store::tables::vault::source_credentials::{self, SealedCredential};
use crate::store::tables::vault::sources;
use crate::store::tables::webhooks::endpoints::{self, SealedWebhook};
use crate::store::tables::webhooks::notices;
use crate::store::tables::{
    application_credentials, idempotency_keys, registry_tokens, service_credentials, signing_keys,
};
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialId, Attempt, MemberId, MemberToken, MemberTokenId, Notice,
    RegistryRefreshToken, RegistryTokenId, SealedBytes, ServiceCredential, ServiceCredentialId,
    SignInProviderId, Source, SourceCredentialId, SourceId, TrustedNow, WebhookId,
};

/// Only for a change that is alone in its transaction: a failed read ends the whole transaction on PostgreSQL.
#[derive(Clone, Copy)]
pub struct TablesAtHead<'a>(Option<&'a RefCell<AnyConnection>>);

impl<'a> TablesAtHead<'a> {
    pub(super) fn new(connection: &'a RefCell<AnyConnection>) -> Self {
        Self(Some(connection))
    }

    /// For decisions that must find everything in the snapshot: those that share a transaction, and those outside of the
    /// ledger. A read is an error.
    pub fn none() -> Self {
        Self(None)
    }

    /// What this request has already created.
    pub fn find_made(
        &self,
        realm: &RealmLabel,
        caller: &str,
        attempt: &Attempt,
        now: Option<TrustedNow>,
    ) -> Result<Option<String>, StoreError> {
        self.find(|connection| idempotency_keys::find(connection, realm, caller, attempt, now))
    }

    pub fn find_service_credential(
        &self,
        realm: &RealmLabel,
        id: ServiceCredentialId,
    ) -> Result<Option<ServiceCredential>, StoreError> {
        self.find(|connection| service_credentials::find(connection, realm, id))
    }

    pub fn find_application_credential(
        &self,
        realm: &RealmLabel,
        id: ApplicationCredentialId,
    ) -> Result<Option<ApplicationCredential>, StoreError> {
        self.find(|connection| application_credentials::find(connection, realm, id))
    }

    pub fn find_member_token(
        &self,
        realm: &RealmLabel,
        id: MemberTokenId,
    ) -> Result<Option<MemberToken>, StoreError> {
        self.find(|connection| member_tokens::find(connection, realm, id))
    }

    pub fn find_registry_token(
        &self,
        realm: &RealmLabel,
        id: RegistryTokenId,
    ) -> Result<Option<RegistryRefreshToken>, StoreError> {
        self.find(|connection| registry_tokens::find(connection, realm, id))
    }

    pub fn find_source_credential(
        &self,
        realm: &RealmLabel,
        id: SourceCredentialId,
    ) -> Result<Option<SealedCredential>, StoreError> {
        self.find(|connection| source_credentials::find(connection, realm, id))
    }

    pub fn find_source(&self, realm: &RealmLabel, id: SourceId) -> Result<Option<Source>, StoreError> {
        self.find(|connection| sources::find(connection, realm, id))
    }

    pub fn find_local_account(
        &self,
        realm: &RealmLabel,
        id: MemberId,
    ) -> Result<Option<SealedAccount>, StoreError> {
        self.find(|connection| local_accounts::find(connection, realm, id))
    }

    pub fn find_webhook(
        &self,
        realm: &RealmLabel,
        id: WebhookId,
    ) -> Result<Option<SealedWebhook>, StoreError> {
        self.find(|connection| endpoints::find(connection, realm, id))
    }

    pub fn find_sign_in_provider(
        &self,
        realm: &RealmLabel,
        id: SignInProviderId,
    ) -> Result<Option<SealedSignInProvider>, StoreError> {
        self.find(|connection| sign_in_providers::find(connection, realm, id))
    }

    /// Those that were not told yet.
    pub fn untold(&self, notices: Vec<Notice>) -> Result<Vec<Notice>, StoreError> {
        let untold = self.find(|connection| notices::untold(connection, notices).map(Some))?;
        Ok(untold.unwrap_or_default())
    }

    /// The private half of a key that no snapshot holds.
    pub fn find_sealed_key(&self, kid: &str) -> Result<Option<SealedBytes>, StoreError> {
        self.find(|connection| signing_keys::find_sealed(connection, kid))
    }

    fn find<T>(
        &self,
        read: impl FnOnce(&mut AnyConnection) -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut connection = self.0.ok_or(StoreError::NoTables)?.borrow_mut();
        // All writers of all nodes wait for this one.
        connection.bound_lock_waits()?;
        read(&mut connection)
    }
}
