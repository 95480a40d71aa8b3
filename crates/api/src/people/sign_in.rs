//! Where people of a realm sign in.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{
    Actor, Admission, ClaimText, EmailDomain, IssuerUrl, Name, ProviderClientId, RoleRule, SignInSettings,
};
use serde_json::{Value, json};

use crate::macros::{answer, body};
use crate::schema::{Schema, described, member, object, one_of};
use crate::secrets::given_secret::GivenSecret;
use crate::value::RequestValue;

body! {
    /// All settings: an absent member gets its default.
    pub struct SignInProviderSettings {
        /// The name on the button of the sign-in page.
        pub provider_name: Name,
        /// The issuer of the OpenID Connect provider, exactly as its discovery document writes it.
        pub issuer: IssuerUrl,
        /// The id under which this server is registered there.
        pub client_id: ProviderClientId,
        /// The secret of that registration. Absent: the present one stays, if issuer and client id do. For example `…`.
        pub client_secret: Option<GivenSecret> = None,
        /// Whether the provider gave no secret. The present one is removed.
        pub public_client: bool = false,
        /// The claim that lists groups. For example `groups`.
        pub groups_claim: ClaimText = SignInSettings::default_groups_claim(),
        /// The domains whose people may sign in; empty means any. At most 100.
        pub allowed_domains: Vec<EmailDomain> = Vec::new(),
        /// Who becomes a member: only those who are invited, or everybody to whom a rule gives a role.
        pub admission: Admission = Admission::Invited,
        /// The first that fits decides; who fits none has no rights. Without rules, administrators give roles. At most
        /// 100.
        pub rules: Vec<RoleRule> = Vec::new(),
        /// Whether the provider is asked first. If it does not answer as it must, nothing is stored.
        pub check: bool = true,
    }
}

answer! { "SignInProvider" =>
    #[derive(Clone)]
    pub struct SignInProviderView {
        /// The name on the button of the sign-in page.
        pub provider_name: Name,
        /// The issuer of the OpenID Connect provider.
        pub issuer: IssuerUrl,
        /// The id under which this server is registered there.
        pub client_id: ProviderClientId,
        /// Whether it is registered without a secret.
        pub public_client: bool,
        /// The claim that lists groups. For example `groups`.
        pub groups_claim: ClaimText,
        /// The domains whose people may sign in; empty means any.
        pub allowed_domains: Vec<EmailDomain>,
        /// Who becomes a member: only those who are invited, or everybody to whom a rule gives a role.
        pub admission: Admission,
        /// The first that fits decides; who fits none has no rights. Without rules, administrators give roles.
        pub rules: Vec<RoleRule>,
        /// The redirect URI to register at the provider. For example
        /// `https://auth.example.com/console/acme/sign-in/callback`.
        pub redirect_uri: String,
        /// Counts changes, that of the secret included.
        pub version: u64,
        /// When it was created.
        pub created_at: Timestamp,
        /// Who created it.
        pub created_by: Actor,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Who changed it last.
        pub updated_by: Actor,
    }
}

answer! {
    #[derive(Clone)]
    pub struct SignInCheck {
        /// Whether the provider answers, and accepts client id and secret. Its redirect URI and rules are shown by a
        /// person's sign-in alone.
        pub works: bool,
        /// Why not; null if it works. For example `discovery document: the answer has the status 404`.
        pub reason: Option<String>,
    }
}

impl Schema for IssuerUrl {
    fn schema() -> Value {
        json!({"type": "string", "format": "uri", "maxLength": 512, "examples": ["https://login.example.com"]})
    }
}

impl Schema for ProviderClientId {
    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": 256, "examples": ["claviger"]})
    }
}

impl Schema for ClaimText {
    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": 256, "examples": ["groups"]})
    }
}

impl Schema for EmailDomain {
    fn schema() -> Value {
        json!({"type": "string", "maxLength": 253, "examples": ["example.com"]})
    }
}

impl Schema for Admission {
    fn schema() -> Value {
        one_of(Self::NAMES)
    }
}

impl Schema for RoleRule {
    const NAME: Option<&'static str> = Some("RoleRule");

    fn schema() -> Value {
        let claim = one_of(&["group", "email", "domain", "tenant"]);
        let claim = described(claim, "What is compared. For example `group`.");
        let value = member::<String>(&["What the claim must be, exactly. For example `/it/platform`."]);
        let role =
            described(claviger_domain::Role::schema(), "What the person becomes. For example `sys_admin`.");
        object(vec![("claim", claim), ("value", value), ("role", role)], &["claim", "value", "role"])
    }
}

impl RequestValue for RoleRule {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())
    }

    fn read_list(value: &Value, _: Option<&RealmLabel>) -> Result<Vec<Self>, String> {
        let rules = value.as_array().ok_or("must be a list of {claim, value, role}")?;
        let read =
            |(index, rule)| Self::read(rule, None).map_err(|error| format!("rule {}: {error}", index + 1));
        rules.iter().enumerate().map(read).collect()
    }
}
