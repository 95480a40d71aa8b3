//! `/console/{realm}/sign-in/callback`: back from the identity provider.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{Entry, SignInError};
use claviger_contract::RealmLabel;

use crate::administration::{AtProvider, ProviderSignIn, SignInClient, sign_in_at_provider};
use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::console::people::confirm;
use crate::http::console::people::journey::{Journey, client_of};
use crate::http::console::people::sign_in::{SignInForm, description};
use crate::http::console::realm_pages::sign_in_tried::{not_tried, tried};
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, blocking};
use crate::http::state::AppState;
use crate::sign_in::{Carried, Identified, ProviderAnswer, SignInFailure};
use claviger_domain::MemberTokenId;

/// Ends the journey, whatever comes of it: the sealed text works once.
pub async fn callback(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let realm = request.match_info().get("realm").unwrap_or_default().to_owned();
    let sealed = cookies::journey(&request, &state, &realm);
    let answer = ProviderAnswer::read(request.query_string());
    blocking(Asked::of(&request, &state), state.into_inner(), move |asked, state| {
        let (label, client) = client_of(state, asked)?;
        let arrival = Arrival { asked, state, label: &label, client: &client };
        let arrived = arrival.end(sealed.as_ref().map(|sealed| sealed.as_str()).zip(answer.as_ref()))?;
        Ok(arrived.with_cookie(cookies::arrived(state, &realm)))
    })
    .await
}

struct Arrival<'a> {
    asked: &'a Arc<Asked>,
    state: &'a Arc<AppState>,
    label: &'a RealmLabel,
    client: &'a SignInClient,
}

impl Arrival<'_> {
    fn end(&self, brought: Option<(&str, &ProviderAnswer)>) -> Result<Answer, Stop> {
        let Some((sealed, answer)) = brought else { return self.failed(None, &SignInFailure::Stale) };
        let (providers, keyring) =
            (&self.state.administration.identity_providers, &self.state.administration.keyring);
        let registration = self.client.registration(self.label);
        match providers.finish(registration, sealed, answer, keyring) {
            Ok(identified) => match Journey::of(&identified.carried) {
                Some(journey) => self.go_on(&identified, journey),
                None => self.failed(None, &SignInFailure::Stale),
            },
            Err(failure) => {
                let carried: Option<Carried> = providers.carried(registration, sealed, keyring);
                self.failed(carried.as_ref().and_then(Journey::of), &failure)
            }
        }
    }

    fn go_on(&self, identified: &Identified, journey: Journey) -> Result<Answer, Stop> {
        match journey {
            Journey::SignIn { next } => {
                let replaces = match &self.asked.session {
                    Some(secret) => self.state.issuer.find_session(&self.asked.realm, secret)?,
                    None => None,
                };
                let replaces = replaces.map(|session| session.token.id);
                match self.sign_in(identified, replaces, None)? {
                    AtProvider::SignedIn(signed_in) => Ok(self.signed_in(signed_in.secret.expose(), &next)),
                    other => self.refused(identified, other, next),
                }
            }
            Journey::Confirm { session, next } => {
                let Some(visit) = self.visit(session)? else {
                    return self.failed(None, &SignInFailure::Stale);
                };
                let confirms = Some(visit.session.member.id);
                match self.sign_in(identified, Some(session), confirms)? {
                    AtProvider::SignedIn(signed_in) => Ok(self.signed_in(signed_in.secret.expose(), &next)),
                    other => {
                        self.note_refusal(identified, &other);
                        let email = &visit.session.member.email;
                        let provider = &self.client.provider.settings.provider_name;
                        let sentence =
                            format!("You did not sign in at {provider} as {email}, who is signed in here.");
                        confirm::failed(&visit, &next, sentence)
                    }
                }
            }
            Journey::Try { session } => match self.visit(session)? {
                Some(visit) => tried(&visit, self.client, identified),
                None => self.failed(None, &SignInFailure::Stale),
            },
        }
    }

    /// The member whose session set out, if this browser still has it.
    fn visit(&self, session: MemberTokenId) -> Result<Option<Visit>, Stop> {
        match Visit::begin(self.state, self.asked) {
            Ok(visit) => Ok(Some(visit).filter(|visit| visit.session.token.id == session)),
            Err(Stop::SignIn(_)) => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    fn sign_in(
        &self,
        identified: &Identified,
        replaces: Option<MemberTokenId>,
        confirms: Option<claviger_domain::MemberId>,
    ) -> Result<AtProvider, Stop> {
        let who = identified.claims.identity.subject.as_str();
        self.state.issuer.meter_sign_in(self.label, who, self.asked.address)?;
        let attempt = ProviderSignIn {
            settings: &self.client.provider.settings,
            claims: &identified.claims,
            confirms,
            description: description(&self.asked.user_agent),
            replaces,
            address: Some(self.asked.address.to_string()),
            request_id: self.asked.request_id.clone(),
        };
        let done = sign_in_at_provider(&self.state.administration, self.label, &attempt);
        let done = done.map_err(|error| Stop::of(error, Entry::Overview))?;
        Ok(done.settle(&self.state.barrier)?.into_parts().0)
    }

    fn signed_in(&self, secret: &str, next: &str) -> Answer {
        let next = self.asked.next(next).unwrap_or_else(|| self.asked.links().overview().to_string());
        let cookie = cookies::signed_in(self.state, &self.asked.realm, secret);
        Answer::see_other(next).with_cookie(cookie)
    }

    /// The page gives no other reason: a stranger may read it.
    fn refused(&self, identified: &Identified, outcome: AtProvider, next: String) -> Result<Answer, Stop> {
        self.note_refusal(identified, &outcome);
        let email = shown_address(identified);
        let error = match outcome {
            AtProvider::NeedsApproval => SignInError::NeedsApproval { email },
            AtProvider::SettingsChanged => return self.failed(None, &SignInFailure::Stale),
            _ => SignInError::NoRole { email },
        };
        SignInForm { error: Some(error), next, ..SignInForm::default() }.answer(self.asked, self.state)
    }

    fn note_refusal(&self, identified: &Identified, outcome: &AtProvider) {
        let address = shown_address(identified);
        tracing::info!(realm = %self.label, "{address} is not signed in by the provider: {outcome:?}");
        self.state.issuer.note_refused_sign_in(self.label, &address, self.asked.address);
    }

    fn failed(&self, journey: Option<Journey>, failure: &SignInFailure) -> Result<Answer, Stop> {
        tracing::info!(realm = %self.label, "a sign-in at the provider failed: {failure}");
        let sentence = failure.for_person(&self.client.provider.settings.provider_name);
        let next = match journey {
            Some(Journey::Confirm { session, next }) => match self.visit(session)? {
                Some(visit) => return confirm::failed(&visit, &next, sentence),
                None => next,
            },
            Some(Journey::SignIn { next }) => next,
            Some(Journey::Try { session }) => match self.visit(session)? {
                Some(visit) => return Ok(not_tried(&visit, failure)),
                None => String::new(),
            },
            None => String::new(),
        };
        let next = self.asked.next(&next).unwrap_or_default();
        let error = Some(SignInError::Because { sentence });
        SignInForm { error, next, ..SignInForm::default() }.answer(self.asked, self.state)
    }
}

/// What the person recognizes themselves by.
fn shown_address(identified: &Identified) -> String {
    let claims = &identified.claims;
    let email = claims.email.as_ref().map(|email| email.shown.clone()).filter(|shown| !shown.is_empty());
    email.unwrap_or_else(|| claims.identity.subject.to_string())
}
