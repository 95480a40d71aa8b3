//! `/members`.

use actix_web::web::{Data, Payload, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{MemberEdit, MemberView, NewMember, SignInLink};

use crate::administration::{
    create_member, disable_member, edit_member, enable_member, find_member, invite_member, list_members,
    reset_second_factor,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<MemberView>(Operation::new("get", "/members", "listMembers", Who::Reader, || {
            get().to(list)
        }))
        .says("List members")
        .lists::<MemberView>(),
        Operation::new("post", "/members", "createMember", Who::Administrator, || post().to(create))
            .says("Create a member")
            .more("Only an account_holder may create another account_holder.")
            .takes::<NewMember>()
            .makes::<MemberView>(),
        Operation::new("get", "/members/{id}", "showMember", Who::Reader, || get().to(show))
            .says("Show a member")
            .shows::<MemberView>(),
        Operation::new("patch", "/members/{id}", "editMember", Who::Administrator, || patch().to(edit))
            .says("Change a member")
            .more("Only an account_holder may change an account_holder. The last active one must keep its role.")
            .takes::<MemberEdit>()
            .edits::<MemberView>(),
        Operation::new("post", "/members/{id}/disable", "disableMember", Who::Administrator, || {
            post().to(disable)
        })
        .says("Disable a member")
        .more("The member's tokens become invalid at once. Service credentials that the member created stay valid.")
        .ends(),
        Operation::new("post", "/members/{id}/enable", "enableMember", Who::Administrator, || {
            post().to(enable)
        })
        .says("Enable a disabled member")
        .more("Tokens and application credentials from before stay revoked. Roles and groups are as before.")
        .enables::<MemberView>(),
        Operation::new("post", "/members/{id}/invite", "inviteMember", Who::Administrator, || {
            post().to(invite)
        })
        .says("Make a link that sets the password of a member's local account")
        .more(
            "It works once, for three days, and replaces the link before. Only an account_holder may invite another \
             account_holder. The present password works until the link is used.",
        )
        .once()
        .replies::<SignInLink>(),
        Operation::new(
            "post",
            "/members/{id}/reset-second-factor",
            "resetSecondFactor",
            Who::AccountHolder,
            || post().to(reset),
        )
        .says("Reset the second factor of a member's local account")
        .more(
            "For a member who has lost the authenticator app and the recovery codes, which end. The password alone signs \
             in until the member sets another second factor up. Nothing changes if there is none.",
        )
        .shows::<MemberView>(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewMember>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&create_member(&state.administration, act, new?)?)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<MemberView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_members(&state.administration, act)?))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    administer(request, state, move |state, act| {
        Outcome::shown(&find_member(&state.administration, act, id?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    let edit = body::<MemberEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_member(&state.administration, act, id?, edit)?)
    })
    .await
}

pub async fn disable(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    administer_or_try(request, state, move |state, act| {
        let disabled = disable_member(&state.administration, act, id?)?;
        Outcome::ended(state, disabled)
    })
    .await
}

pub async fn enable(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    administer(request, state, move |state, act| {
        Outcome::shown(&enable_member(&state.administration, act, id?)?)
    })
    .await
}

pub async fn invite(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    administer(request, state, move |state, act| {
        Outcome::ok(&invite_member(&state.administration, act, id?)?.link)
    })
    .await
}

pub async fn reset(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    administer(request, state, move |state, act| {
        Outcome::shown(&reset_second_factor(&state.administration, act, id?)?)
    })
    .await
}
