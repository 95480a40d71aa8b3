//! The audit record of an act, written in the act's own transaction; otherwise the act fails.

use claviger_contract::{Position, RealmLabel, Timestamp};
use serde::Serialize;

use crate::ids::Id;
use crate::log::actor::Actor;

/// An enum of names that are stored and displayed. Names are only added: stored events keep theirs.
macro_rules! named {
    ($(#[$comment:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$comment])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum $name {
            $(#[serde(rename = $text)] $variant,)*
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

named! {
    /// `noun.verb`, as displayed and used in filters.
    AuditAction {
        AccessDenied = "access.denied",
        AccessTokenRevoke = "access_token.revoke",
        ApiTokenCreate = "api_token.create",
        ApiTokenExpiring = "api_token.expiring",
        ApiTokenRevoke = "api_token.revoke",
        ApplicationCredentialCreate = "application_credential.create",
        ApplicationCredentialEdit = "application_credential.edit",
        ApplicationCredentialRenew = "application_credential.renew",
        ApplicationCredentialRevoke = "application_credential.revoke",
        AuthenticationFailed = "authentication.failed",
        GroupCreate = "group.create",
        GroupDelete = "group.delete",
        GroupEdit = "group.edit",
        IdentityLinkCreate = "identity_link.create",
        IdentityLinkDelete = "identity_link.delete",
        IdentityLinkRequest = "identity_link.request",
        LocalAccountAcknowledge = "local_account.acknowledge",
        LocalAccountDelete = "local_account.delete",
        LocalAccountInvite = "local_account.invite",
        LocalAccountRenewRecoveryCodes = "local_account.renew_recovery_codes",
        LocalAccountResetSecondFactor = "local_account.reset_second_factor",
        LocalAccountSetPassword = "local_account.set_password",
        LocalAccountSetSecondFactor = "local_account.set_second_factor",
        LocalAccountUseRecoveryCode = "local_account.use_recovery_code",
        LogRepair = "log.repair",
        MemberCreate = "member.create",
        MemberDisable = "member.disable",
        MemberEdit = "member.edit",
        MemberEnable = "member.enable",
        PersonalAccessTokenCreate = "personal_access_token.create",
        PersonalAccessTokenRevoke = "personal_access_token.revoke",
        RealmCreate = "realm.create",
        RealmDelete = "realm.delete",
        RealmEdit = "realm.edit",
        RealmRemove = "realm.remove",
        RealmRestore = "realm.restore",
        RealmResume = "realm.resume",
        RealmSuspend = "realm.suspend",
        RegistryKeyCreate = "registry_key.create",
        RegistryKeyRotate = "registry_key.rotate",
        RegistryTokenCreate = "registry_token.create",
        RegistryTokenReplace = "registry_token.replace",
        RegistryTokenRevoke = "registry_token.revoke",
        ResourceCreate = "resource.create",
        ResourceDelete = "resource.delete",
        ResourceEdit = "resource.edit",
        ResourceServerCreate = "resource_server.create",
        ResourceServerDelete = "resource_server.delete",
        ResourceServerRenew = "resource_server.renew",
        RevocationReassert = "revocation.reassert",
        ScopeCreate = "scope.create",
        ScopeDelete = "scope.delete",
        ScopeEdit = "scope.edit",
        ServiceCredentialCreate = "service_credential.create",
        ServiceCredentialEdit = "service_credential.edit",
        ServiceCredentialExpired = "service_credential.expired",
        ServiceCredentialExpiring = "service_credential.expiring",
        ServiceCredentialRenew = "service_credential.renew",
        ServiceCredentialRevoke = "service_credential.revoke",
        SessionCreate = "session.create",
        SessionRevoke = "session.revoke",
        SignInProviderCreate = "sign_in_provider.create",
        SignInProviderDelete = "sign_in_provider.delete",
        SignInProviderEdit = "sign_in_provider.edit",
        SigningKeyCreate = "signing_key.create",
        SigningKeyEnd = "signing_key.end",
        SigningKeyRotate = "signing_key.rotate",
        SigningKeyWithdraw = "signing_key.withdraw",
        SourceCreate = "source.create",
        SourceCredentialCreate = "source_credential.create",
        SourceCredentialDelete = "source_credential.delete",
        SourceCredentialEdit = "source_credential.edit",
        SourceCredentialExpiring = "source_credential.expiring",
        SourceCredentialFailed = "source_credential.failed",
        SourceCredentialRecovered = "source_credential.recovered",
        SourceCredentialValidate = "source_credential.validate",
        SourceDelete = "source.delete",
        SourceEdit = "source.edit",
        SourcePull = "source.pull",
        SourceReport = "source.report",
        SourceResolve = "source.resolve",
        WebhookCreate = "webhook.create",
        WebhookDelete = "webhook.delete",
        WebhookDisable = "webhook.disable",
        WebhookEdit = "webhook.edit",
        WebhookResend = "webhook.resend",
        WebhookRotate = "webhook.rotate",
        WebhookTest = "webhook.test",
    }
}

named! {
    /// The kind of object that an event is about.
    TargetKind {
        AccessToken = "access_token",
        ApiToken = "api_token",
        ApplicationCredential = "application_credential",
        Client = "client",
        Group = "group",
        IdentityLink = "identity_link",
        LocalAccount = "local_account",
        LogRow = "log_row",
        Member = "member",
        MemberToken = "member_token",
        Operation = "operation",
        PersonalAccessToken = "personal_access_token",
        Realm = "realm",
        RegistryKey = "registry_key",
        RegistryToken = "registry_token",
        Resource = "resource",
        ResourceServer = "resource_server",
        Scope = "scope",
        ServiceCredential = "service_credential",
        Session = "session",
        SignInProvider = "sign_in_provider",
        SigningKey = "signing_key",
        Source = "source",
        SourceCredential = "source_credential",
        Webhook = "webhook",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditTarget {
    pub kind: TargetKind,
    pub id: String,
    pub name: String,
}

/// A value as JSON, serialized once: the text is hashed and stored as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self(value.to_string())
    }
}

pub type AuditEventId = Id<AuditEvent>;

/// `before` and `after` are the objects as the API returns them: never a secret or a digest.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    pub id: AuditEventId,
    pub realm: RealmLabel,
    pub at: Timestamp,
    pub actor: Actor,
    pub action: AuditAction,
    pub target: AuditTarget,
    pub before: Option<Json>,
    pub after: Option<Json>,
    /// The caller's address; `None` for the operator of the machine.
    pub address: Option<String>,
    pub request_id: Option<String>,
    /// Position of the log row that the act wrote.
    pub position: Position,
    /// About how many access tokens of clients the act ended, by the hourly counts of issued tokens. `None` if it ended
    /// none, or if that was not known in time.
    pub tokens_ended_estimate: Option<u64>,
}
