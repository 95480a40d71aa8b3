//! Authorizes a proxy's request as a server does, without asking one about signed tokens.

use std::time::Duration;

use actix_web::rt::time::timeout;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_contract::{PresentedToken, grant_of};
use claviger_domain::{MemberTokenKind, SecretKind};
use claviger_verifier::Refused as NotAccepted;
use claviger_verifier::{IntrospectedToken, Requirement, Undecided, VerifiedToken, Verifier};

use crate::http::forward_auth::{Caller, Check, Demand, Refused};
use crate::http::sidecar::state::Sidecar;

/// Asking the issuer takes three seconds at most, once it is a request's turn.
const DECIDED_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn forward_auth(request: HttpRequest, sidecar: Data<Sidecar>) -> HttpResponse {
    let check = Check::of(&request, |demand| supported(demand, &sidecar));
    let answer = match recognize(&check, &sidecar).await {
        // Whoever connects is told about its own request alone: every peer is believed about it.
        Ok(holder) => check.answer(&holder.caller(&sidecar), true),
        Err(refused) => check.refuse(&refused),
    };
    sidecar.answers.note(answer.status());
    answer
}

/// Tokens for other audiences are refused, so a demand for one would refuse every token but those of the whole realm.
fn supported(demand: &Demand, sidecar: &Sidecar) -> Result<(), String> {
    let (own, realm_wide) = (sidecar.verifier.audience(), sidecar.verifier.issuer());
    match &demand.audience {
        Some(audience) if audience != own && audience != realm_wide => {
            Err(format!("audience= must be {own}: this sidecar checks tokens for no other audience"))
        }
        _ => Ok(()),
    }
}

/// Who presents an active token.
enum Holder {
    Client(VerifiedToken),
    Member { token: IntrospectedToken, kind: MemberTokenKind },
}

impl Holder {
    fn caller<'a>(&'a self, sidecar: &'a Sidecar) -> Caller<'a> {
        let issuer = sidecar.verifier.issuer();
        match self {
            Self::Client(token) => Caller {
                client_id: token.client_id().to_string(),
                subject: token.claims().sub.to_string(),
                realm: &sidecar.realm,
                audience: Some(token.claims().aud.as_str()).filter(|audience| *audience != issuer),
                scopes: token.scopes(),
                kind: kind_of(token),
            },
            Self::Member { token, kind } => Caller {
                client_id: token.client_id().to_string(),
                subject: token.subject().to_string(),
                realm: &sidecar.realm,
                audience: None,
                scopes: token.scopes(),
                kind: kind.as_str(),
            },
        }
    }
}

/// Only application credentials get refresh tokens, and with them tokens that belong to a grant.
fn kind_of(token: &VerifiedToken) -> &'static str {
    let jti = &token.claims().jti;
    if grant_of(jti) == jti { "service_credential" } else { "application_credential" }
}

async fn recognize(check: &Check<'_>, sidecar: &Sidecar) -> Result<Holder, Refused> {
    let presented = check.presented()?;
    if check.realm != sidecar.realm.as_str() {
        let (realm, own) = (check.realm, sidecar.realm.as_str());
        tracing::warn!(realm, own, "forward-auth: this sidecar checks tokens of another realm");
        return Err(Refused::INVALID_TOKEN);
    }
    holder_of(&presented, sidecar).await
}

/// Any reading that is active counts. One that is undecided might be.
async fn holder_of(presented: &PresentedToken, sidecar: &Sidecar) -> Result<Holder, Refused> {
    let (mut refused, mut reason) = (Refused::INVALID_TOKEN, None);
    for reading in presented.readings() {
        match judged(reading, sidecar).await {
            Ok(holder) => return Ok(holder),
            Err(NotAccepted::Undecided { why, retry_after }) => {
                refused = Refused::Undecided { retry_after: whole_seconds(retry_after) };
                reason = Some(NotAccepted::Undecided { why, retry_after });
            }
            Err(other) => reason = reason.or(Some(other)),
        }
    }
    if let Some(reason) = reason {
        tracing::info!(%reason, "forward-auth: refused");
    }
    Err(refused)
}

/// Bounded also while many wait for a server that does not answer: proxies give up after a minute, and some after a
/// second.
async fn judged(unverified: &str, sidecar: &Sidecar) -> Result<Holder, NotAccepted> {
    let busy = NotAccepted::Undecided { why: Undecided::Busy, retry_after: Duration::from_secs(1) };
    timeout(DECIDED_WITHIN, decided(unverified, &sidecar.verifier)).await.unwrap_or(Err(busy))
}

async fn decided(unverified: &str, verifier: &Verifier) -> Result<Holder, NotAccepted> {
    // The scopes are compared with the demand, once it is known whose token this is.
    let any = Requirement::any_token();
    let kind = match SecretKind::of(unverified) {
        Some(SecretKind::ApiToken) => MemberTokenKind::ApiToken,
        Some(SecretKind::PersonalAccessToken) => MemberTokenKind::PersonalAccessToken,
        // Nothing else without a signature is a token. The issuer need not be asked.
        _ => return verifier.verify_or_introspect_async(unverified, &any).await.map(Holder::Client),
    };
    let token = verifier.introspect_opaque_async(unverified, &any).await?;
    Ok(Holder::Member { token, kind })
}

fn whole_seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}
