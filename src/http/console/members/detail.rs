//! One member: what they own, and their audit trail.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{IdentityStatus, MemberIdentity, MemberView};
use claviger_console::{IdentityLine, MemberPage};

use crate::administration::credentials_created_by;
use crate::http::console::members::found::{ENTRY, is_editable, is_resettable, row, stop};
use crate::http::console::members::sign_ins::SignIns;
use crate::http::console::record::show_one;
use crate::http::console::stop::Stop;
use crate::http::console::trail::newest_lines;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use claviger_domain::{MemberTokenKind, Role, TargetKind};

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: MemberView| {
        let owned = owned(visit, &view)?;
        let page = MemberPage {
            frame: visit.frame(Some(ENTRY)),
            member: row(visit, &view, &SignIns::known(visit)),
            created_at: view.created_at,
            resettable: is_resettable(visit, &view),
            editable: is_editable(visit, &view),
            live_tokens: owned.tokens,
            live_application_credentials: owned.application_credentials,
            created_credentials: owned.created_credentials,
            live_sessions: owned.sessions,
            identities: view.identities.iter().map(line).collect(),
            answers: visit.session.member.has_role(Role::AccountHolder),
            events: newest_lines(visit, TargetKind::Member, &view.id.to_string(), "them")?,
        };
        visit.answer(&page)
    })
    .await
}

fn line(identity: &MemberIdentity) -> IdentityLine {
    let linked = identity.linked_at.zip(identity.linked_by.as_ref());
    IdentityLine {
        id: identity.id.to_string(),
        name: identity.name.as_ref().map(ToString::to_string),
        issuer: identity.issuer.to_string(),
        subject: identity.subject.to_string(),
        asked_at: (identity.status == IdentityStatus::Requested).then_some(identity.created_at),
        linked: linked.map(|(at, by)| (at, by.name.clone())),
    }
}

/// What is live; the service credentials belong to the realm.
pub struct Owned {
    pub tokens: u64,
    pub application_credentials: u64,
    pub sessions: u64,
    pub created_credentials: u64,
}

pub fn owned(visit: &Visit, view: &MemberView) -> Result<Owned, Stop> {
    let (realm, now) = (&visit.session.realm, visit.now());
    let count = |items: usize| u64::try_from(items).unwrap_or(u64::MAX);
    let live = |kind: MemberTokenKind| realm.holdings.live(kind.into(), view.id.widen(), now);
    let created = credentials_created_by(&visit.state.administration, &visit.act(), view.id);
    Ok(Owned {
        tokens: count(live(MemberTokenKind::ApiToken) + live(MemberTokenKind::PersonalAccessToken)),
        application_credentials: count(realm.holdings.live_applications(view.id, now).count()),
        sessions: count(realm.sessions_of(view.id, now).len()),
        created_credentials: created.map_err(stop)?,
    })
}
