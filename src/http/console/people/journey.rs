//! A browser on its way to the identity provider and back: why it went, and how it is sent there.

use actix_web::cookie::Cookie;
use serde::{Deserialize, Serialize};

use crate::administration::{SignInClient, sign_in_client};
use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::state::AppState;
use crate::sign_in::{Carried, SignInFailure};
use claviger_console::Entry;
use claviger_contract::RealmLabel;
use claviger_domain::MemberTokenId;

/// Sealed in a cookie meanwhile.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Journey {
    SignIn {
        next: String,
    },
    /// The member of this session confirms who they are.
    Confirm {
        session: MemberTokenId,
        next: String,
    },
    /// An administrator looks at what the provider says. Nobody is signed in.
    Try {
        session: MemberTokenId,
    },
}

impl Journey {
    /// An address that is too long for the cookie is left out.
    fn carried(&self) -> Option<Carried> {
        let of = |journey: &Self| serde_json::to_string(journey).ok().and_then(|text| Carried::new(&text));
        of(self).or_else(|| {
            of(&match self {
                Self::SignIn { .. } => Self::SignIn { next: String::new() },
                Self::Confirm { session, .. } => Self::Confirm { session: *session, next: String::new() },
                Self::Try { session } => Self::Try { session: *session },
            })
        })
    }

    pub fn of(carried: &Carried) -> Option<Self> {
        serde_json::from_str(carried.as_str()).ok()
    }

    /// Whether the provider must ask the person, whatever session there is.
    const fn is_fresh(&self) -> bool {
        matches!(self, Self::Confirm { .. })
    }
}

/// This server as a client of the realm's provider. What is not there is not found.
pub fn client_of(state: &AppState, asked: &Asked) -> Result<(RealmLabel, SignInClient), Stop> {
    let label: RealmLabel = asked.realm.parse().map_err(|_| Stop::NotFound)?;
    let client = sign_in_client(&state.administration, &label);
    let client = client.map_err(|error| Stop::of(error, Entry::Overview))?;
    Ok((label, client.ok_or(Stop::NotFound)?))
}

/// Sends the browser to the provider.
pub fn set_out(
    state: &AppState,
    (label, client): (&RealmLabel, &SignInClient),
    journey: &Journey,
) -> Result<Answer, SignInFailure> {
    let administration = &state.administration;
    let started = administration.identity_providers.start(
        client.registration(label),
        journey.is_fresh(),
        journey.carried().unwrap_or_default(),
        &administration.keyring,
        administration.ledger.randomness(),
    )?;
    let cookie: Cookie<'static> = cookies::set_out(state, label.as_str(), started.sealed);
    Ok(Answer::see_other(started.url).with_cookie(cookie))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journey_reads_back_and_an_endless_address_is_left_out() {
        let session = MemberTokenId::from_u128(7);
        let next = format!("/console/acme/service-credentials/new?{}", "x".repeat(1_700));
        for (journey, is_kept) in [
            (Journey::SignIn { next: next.clone() }, true),
            (Journey::Confirm { session, next: next.clone() }, true),
            (Journey::Confirm { session, next: "x".repeat(3_000) }, false),
            (Journey::SignIn { next: "x".repeat(3_000) }, false),
            (Journey::Try { session }, false),
        ] {
            let read = Journey::of(&journey.carried().expect("it fits")).expect("a journey");
            let kept = match read {
                Journey::SignIn { next } => next,
                Journey::Confirm { session: known, next } => {
                    assert_eq!(known, session);
                    next
                }
                Journey::Try { session: known } => {
                    assert_eq!(known, session);
                    String::new()
                }
            };
            assert_eq!(kept == next, is_kept, "{kept}");
        }
    }
}
