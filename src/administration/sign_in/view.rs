//! The provider as it is shown: never with its secret.

use claviger_api::SignInProviderView;
use claviger_contract::RealmLabel;
use claviger_domain::{AuditTarget, SignInProvider, TargetKind};

use crate::administration::setting::Administration;

pub fn redirect_uri(administration: &Administration, realm: &RealmLabel) -> String {
    format!("{}/console/{realm}/sign-in/callback", administration.public_url)
}

pub fn view(
    administration: &Administration,
    realm: &RealmLabel,
    record: &SignInProvider,
) -> SignInProviderView {
    let settings = record.settings.clone();
    SignInProviderView {
        provider_name: settings.provider_name,
        issuer: settings.issuer,
        client_id: settings.client_id,
        public_client: !record.has_client_secret,
        groups_claim: settings.groups_claim,
        allowed_domains: settings.allowed_domains,
        admission: settings.admission,
        rules: settings.rules,
        redirect_uri: redirect_uri(administration, realm),
        version: record.version,
        created_at: record.created_at,
        created_by: record.created_by.clone(),
        updated_at: record.updated_at,
        updated_by: record.updated_by.clone(),
    }
}

pub fn target(record: &SignInProvider) -> AuditTarget {
    let (id, name) = (record.id.to_string(), record.settings.provider_name.to_string());
    AuditTarget { kind: TargetKind::SignInProvider, id, name }
}
