//! `/members/{id}/identities`: the people at providers who sign in as a member.

use actix_web::web::{Data, Payload, delete, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{MemberIdentity, NewIdentity};

use crate::administration::{link_identity, remove_identity};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::{PathParts, path_id};
use crate::http::admin::problem::Problem;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::IdentityLinkId;

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/members/{id}/identities";
    vec![
        Operation::new("post", PATH, "linkIdentity", Who::AccountHolder, || post().to(link))
            .says("Let a person at the provider sign in as a member; only account holders may")
            .more(
                "Approves the request of this person, if there is one. Members show requests and links in `identities`.",
            )
            .takes::<NewIdentity>()
            .makes::<MemberIdentity>(),
        Operation::new(
            "delete",
            "/members/{id}/identities/{identity}",
            "removeIdentity",
            Who::AccountHolder,
            || delete().to(remove),
        )
        .says("Remove a person at the provider from a member, or decline a request; only account holders may")
        .more("The sessions of the member that began at the provider end.")
        .ends(),
    ]
}

pub async fn link(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    let new = body::<NewIdentity>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&link_identity(&state.administration, act, id?, new?)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    let identity = PathParts::of(&request).identity.parse::<IdentityLinkId>();
    let identity = identity.map_err(|_| Problem::not_found("identity"));
    administer_or_try(request, state, move |state, act| {
        Outcome::ended(state, remove_identity(&state.administration, act, id?, identity?)?)
    })
    .await
}
