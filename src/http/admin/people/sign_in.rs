//! `/sign-in`: where people sign in.

use actix_web::web::{Data, Payload, delete, get, post, put};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{SignInCheck, SignInProviderSettings, SignInProviderView};

use crate::administration::{check_sign_in, delete_sign_in, find_sign_in, put_sign_in};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/sign-in";
    vec![
        Operation::new("get", PATH, "showSignInProvider", Who::Reader, || get().to(show))
            .says("Show the provider at which people sign in, without its secret")
            .may_find_none()
            .shows::<SignInProviderView>(),
        Operation::new("put", PATH, "setSignInProvider", Who::AccountHolder, || put().to(set))
            .says("Set the provider at which people sign in; only account holders may")
            .more(
                "The provider is asked first, unless `check` is false. An absent `client_secret` keeps the present one.",
            )
            .takes::<SignInProviderSettings>()
            .edits::<SignInProviderView>(),
        Operation::new("delete", PATH, "deleteSignInProvider", Who::AccountHolder, || delete().to(remove))
            .says("Delete the provider at which people sign in; only account holders may")
            .may_find_none()
            .ends(),
        Operation::new("post", "/sign-in/test", "testSignInProvider", Who::Administrator, || post().to(test))
            .says("Ask the provider at which people sign in whether it answers and accepts this server")
            .may_find_none()
            .replies::<SignInCheck>(),
    ]
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| Outcome::shown(&find_sign_in(&state.administration, act)?)).await
}

pub async fn set(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<SignInProviderSettings>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        Outcome::edited(state, put_sign_in(&state.administration, act, new?)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer_or_try(request, state, |state, act| {
        Outcome::ended(state, delete_sign_in(&state.administration, act)?)
    })
    .await
}

pub async fn test(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| Outcome::ok(&check_sign_in(&state.administration, act)?)).await
}
