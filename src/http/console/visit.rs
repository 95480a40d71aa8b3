//! One request of a browser: who is signed in, and how pages and acts are answered.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{
    Address, Alone, Denied, Entry, Frame, Links, NoPermissionPage, NodesInStep, Page, Problem, ProblemPage,
    ProblemPageInRealm, SignInNote, SignedIn,
};
use claviger_contract::Timestamp;
use zeroize::Zeroizing;

use crate::administration::{SESSION_IDLE_SECONDS, session_last_used};
use crate::http::console::answer::Answer;
use crate::http::console::form::Form;
use crate::http::console::guard::{is_cross_site, is_of_session};
use crate::http::console::notes;
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::limits::MAX_CONSOLE_ADDRESS_BYTES;
use crate::http::state::AppState;
use crate::issuance::Session;
use crate::ledger::{Act, Caller};
use claviger_domain::{Attempt, Realm, Role, Tier};

/// A member who is signed in, and what the browser asks.
pub struct Visit {
    pub state: Arc<AppState>,
    pub asked: Arc<Asked>,
    pub session: Session,
    secret: Zeroizing<String>,
}

/// Giving access asks for a sign-in within this time.
const RECENT_SECONDS: i64 = 30 * 60;

impl Visit {
    pub fn begin(state: &Arc<AppState>, asked: &Arc<Asked>) -> Result<Self, Stop> {
        let secret = asked.session.clone().ok_or(Stop::SignIn(None))?;
        let found = state.issuer.find_session(&asked.realm, &secret)?;
        let session = found.ok_or(Stop::SignIn(Some(SignInNote::Ended)))?;
        let last_used = session_last_used(&state.administration, &session.token);
        let last_used = last_used.map_err(|error| Stop::of(error, Entry::Overview))?;
        if session.now >= last_used.plus_seconds(SESSION_IDLE_SECONDS) {
            let minutes = u64::try_from(SESSION_IDLE_SECONDS / 60).unwrap_or_default();
            return Err(Stop::SignIn(Some(SignInNote::Idle { minutes })));
        }
        state.issuer.note_session_use(&session);
        Ok(Self { state: state.clone(), asked: asked.clone(), session, secret })
    }

    pub fn act(&self) -> Act {
        let caller = Caller::Member { member: self.session.member.id, token: self.session.token.id };
        Act {
            address: Some(self.asked.address.to_string()),
            request_id: self.asked.request_id.clone(),
            ..Act::local(self.session.realm.record.label.clone(), caller)
        }
    }

    pub fn now(&self) -> Timestamp {
        self.session.now
    }

    pub fn links(&self) -> Links {
        self.asked.links()
    }

    /// The strongest role.
    pub fn role(&self) -> Role {
        let roles = &self.session.member.roles;
        [Role::AccountHolder, Role::SysAdmin, Role::Auditor]
            .into_iter()
            .find(|role| roles.contains(role))
            .unwrap_or(Role::Member)
    }

    pub fn frame(&self, active: Option<Entry>) -> Frame {
        let (realm, member) = (&self.session.realm.record, &self.session.member);
        Frame {
            links: self.links(),
            realm_name: realm_name(realm),
            member: SignedIn {
                name: member.name.to_string(),
                email: member.email.to_string(),
                role: self.role(),
            },
            theme: self.asked.theme,
            keys_off: self.asked.keys_off,
            active,
            nodes: self.nodes(),
            csrf: self.state.issuer.form_token(&self.secret),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            note: self.asked.note.clone().filter(|_| self.asked.fragment.is_none()),
            now: self.now(),
            here: self.asked.target.clone(),
        }
    }

    fn nodes(&self) -> Option<NodesInStep> {
        let ledger = &self.state.administration.ledger;
        let (in_step, all) = ledger.snapshots().roster().in_step(ledger.since_boot());
        if all == 0 {
            return None;
        }
        Some(NodesInStep { in_step: u32::try_from(in_step).ok()?, all: u32::try_from(all).ok()? })
    }

    pub fn answer(&self, page: &impl Page) -> Result<Answer, Stop> {
        let answer = Answer::page(page, self.asked.fragment)?;
        let noted = self.asked.note.is_some() && self.asked.fragment.is_none();
        Ok(if noted { answer.with_cookie(notes::shown(&self.state, &self.asked.realm)) } else { answer })
    }

    /// Call before anything is looked up: what exists and what does not then look alike.
    pub fn ensure_opens(&self, entry: Entry) -> Result<(), Stop> {
        match entry.opens_for(&self.role()) {
            true => Ok(()),
            false => Err(Stop::Denied(Denied::Opening(entry))),
        }
    }

    /// As [`Visit::ensure_opens`], for pages whose forms change something. The act itself checks the right.
    pub fn ensure_changes(&self, entry: Entry) -> Result<(), Stop> {
        self.ensure_opens(entry)?;
        match self.manages() {
            true => Ok(()),
            false => Err(Stop::Denied(Denied::Changing(entry))),
        }
    }

    /// As [`Visit::ensure_changes`], for a form that was sent: the right was lost since its page.
    pub fn ensure_still_changes(&self, entry: Entry) -> Result<(), Stop> {
        self.ensure_changes(entry).map_err(|_| Stop::Denied(Denied::RoleChanged(entry)))
    }

    /// Whether the member may change what the realm has.
    pub fn manages(&self) -> bool {
        matches!(self.role(), Role::AccountHolder | Role::SysAdmin)
    }

    /// For acts that give access.
    pub fn ensure_recent(&self) -> Result<(), Stop> {
        match self.now() < self.session.token.created_at.plus_seconds(RECENT_SECONDS) {
            true => Ok(()),
            false => Err(Stop::Confirm),
        }
    }

    /// As [`Self::ensure_recent`], for a form: `address` is the page that holds what was typed.
    pub fn ensure_recent_or(&self, address: &Address) -> Result<(), Stop> {
        self.ensure_recent().map_err(|_| Stop::ConfirmFor(address.to_string()))
    }

    /// Marks the form of one page: sending it twice makes one object.
    pub fn new_attempt(&self) -> String {
        let bytes = self.state.administration.ledger.randomness().bytes::<16>();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn attempt(&self, operation: &str, form: &Form) -> Result<Attempt, Stop> {
        let key = form.text("idempotency_key").parse().map_err(|_| Stop::Malformed)?;
        Ok(Attempt { operation: format!("console {operation}"), key })
    }

    /// The reason why a form was refused: of a member who was edited since the sign-in, the role may have allowed the
    /// page of the form.
    fn meanwhile(&self, stop: Stop) -> Stop {
        let edited = self.session.member.updated_at >= self.session.token.created_at;
        match stop {
            Stop::Denied(denied) if edited => Stop::Denied(denied.meanwhile()),
            stop => stop,
        }
    }

    /// How many services of the realm only read its keys.
    pub fn keys_only_services(&self) -> u64 {
        let audiences = self.state.barrier.audiences(&self.session.realm);
        let count = audiences.iter().filter(|audience| audience.tier == Tier::T3).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// Where the address would grow too long, nobody goes there: what was typed stays in the browser.
    fn confirm_for(&self, next: &str) -> Result<Answer, Stop> {
        let address = self.links().confirm().with("next", next);
        if address.to_string().len() <= MAX_CONSOLE_ADDRESS_BYTES {
            return Ok(Answer::see_other(address));
        }
        let problem = Problem::ConfirmFirst { address: self.links().confirm() };
        let page = ProblemPageInRealm { frame: self.frame(None), problem };
        Ok(Answer::page_with(StatusCode::FORBIDDEN, &page, None)?)
    }

    fn stopped(&self, stop: Stop) -> Result<Answer, Stop> {
        let problem = |status, problem| {
            let page = ProblemPageInRealm { frame: self.frame(None), problem };
            Answer::page_with(status, &page, None)
        };
        Ok(match stop {
            Stop::Denied(denied) => {
                let page = NoPermissionPage { frame: self.frame(None), denied };
                Answer::page_with(StatusCode::FORBIDDEN, &page, None)?
            }
            Stop::NotFound => problem(StatusCode::NOT_FOUND, Problem::NotFound)?,
            Stop::Refused(why) => problem(StatusCode::CONFLICT, Problem::Refused { why })?,
            Stop::ForeignForm => problem(StatusCode::FORBIDDEN, Problem::ForeignForm)?,
            Stop::Confirm => self.confirm_for(&self.asked.target)?,
            Stop::ConfirmFor(next) => self.confirm_for(&next)?,
            other => return Err(other),
        })
    }
}

/// Answers a page that needs a member who is signed in.
pub async fn show(
    request: HttpRequest,
    state: Data<AppState>,
    work: impl FnOnce(&Visit) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    visited(Asked::of(&request, &state), state.into_inner(), work).await
}

/// Carries out a posted form of a member who is signed in.
pub async fn act(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
    work: impl FnOnce(&Visit, &Form) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    let foreign = is_cross_site(&request);
    let form = Form::read(&request, payload).await;
    visited(Asked::of(&request, &state), state.into_inner(), move |visit| {
        let form = form?;
        if foreign || !is_of_session(&visit.state.issuer, &form, &visit.secret) {
            return Err(Stop::ForeignForm);
        }
        work(visit, &form).map_err(|stop| visit.meanwhile(stop))
    })
    .await
}

async fn visited(
    asked: Asked,
    state: Arc<AppState>,
    work: impl FnOnce(&Visit) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    blocking(asked, state, move |asked, state| {
        let visit = Visit::begin(state, asked)?;
        work(&visit).or_else(|stop| visit.stopped(stop))
    })
    .await
}

/// Carries out a form that needs no session.
pub async fn act_unsigned(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
    work: impl FnOnce(&Asked, &Arc<AppState>, &Form) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    let foreign = is_cross_site(&request);
    let form = Form::read(&request, payload).await;
    blocking(Asked::of(&request, &state), state.into_inner(), move |asked, state| {
        if foreign {
            return Err(Stop::ForeignForm);
        }
        work(asked, state, &form?)
    })
    .await
}

/// Runs the work on a thread that may block, and says why it was not done.
pub async fn blocking(
    asked: Asked,
    state: Arc<AppState>,
    work: impl FnOnce(&Arc<Asked>, &Arc<AppState>) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    let done = web::block(move || {
        let asked = Arc::new(asked);
        work(&asked, &state).unwrap_or_else(|stop| alone(&asked, stop))
    });
    match done.await {
        Ok(answer) => answer.into_response(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// The page for somebody who may not be signed in.
fn alone(asked: &Asked, stop: Stop) -> Answer {
    let (status, problem) = match stop {
        Stop::SignIn(note) => return sign_in(asked, note),
        Stop::NotFound => (StatusCode::NOT_FOUND, Problem::NotFound),
        Stop::Refused(why) => (StatusCode::CONFLICT, Problem::Refused { why }),
        Stop::ForeignForm | Stop::Confirm | Stop::ConfirmFor(_) | Stop::Denied(_) => {
            (StatusCode::FORBIDDEN, Problem::ForeignForm)
        }
        Stop::Malformed => (StatusCode::BAD_REQUEST, Problem::Malformed),
        Stop::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Problem::TooLong),
        Stop::TooMany(wait) => {
            (StatusCode::TOO_MANY_REQUESTS, Problem::TooMany { seconds: wait.as_secs() + 1 })
        }
        Stop::Unknown if !asked.is_get => (StatusCode::SERVICE_UNAVAILABLE, Problem::OutcomeUnknown),
        Stop::NoLease | Stop::Unknown => {
            (StatusCode::SERVICE_UNAVAILABLE, Problem::NoLease { again: asked.is_get })
        }
        Stop::Broken(why) => {
            tracing::error!("a page of the console failed: {why}");
            let request_id = asked.request_id.clone().unwrap_or_default();
            (StatusCode::INTERNAL_SERVER_ERROR, Problem::Broken { request_id })
        }
    };
    let again = problem.refresh();
    let page = ProblemPage { frame: alone_frame(asked, &asked.realm), problem };
    let answer = Answer::page_with(status, &page, None);
    answer.unwrap_or_else(|_| Answer::see_other(asked.site.realms())).asked_again(again)
}

/// Keeps the cookie: another node may know its session a moment earlier.
fn sign_in(asked: &Asked, note: Option<SignInNote>) -> Answer {
    let mut address = asked.links().sign_in();
    if asked.is_get {
        address = address.with("next", &asked.target);
    }
    Answer::see_other(address.with("note", note.map_or("", note_name)))
}

/// What people call the realm.
pub fn realm_name(realm: &Realm) -> String {
    match realm.display_name.as_str() {
        "" => realm.label.to_string(),
        name => name.to_owned(),
    }
}

/// As the query of the sign-in page names it.
pub const fn note_name(note: SignInNote) -> &'static str {
    match note {
        SignInNote::SignedOut => "signed-out",
        SignInNote::PasswordSet => "password-set",
        SignInNote::Idle { .. } => "idle",
        SignInNote::Ended => "ended",
    }
}

pub fn alone_frame(asked: &Asked, place: &str) -> Alone {
    Alone {
        site: asked.site.clone(),
        theme: asked.theme,
        place: place.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        csrf: String::new(),
    }
}
