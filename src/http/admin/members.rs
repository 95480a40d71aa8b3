//! `/members`.

use actix_web::web::{Data, Payload, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};

use serde_json::Value;

use crate::administration::{
    MemberEdit, MemberView, NewMember, create_member, disable_member, edit_member, find_member, list_members,
};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, existing_names, list as texts, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{
    edit as edit_of, edited, list as list_of, name, named, nullable, object, one_of, partly, text as text_of,
    time, uuid,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    let parts = [("name", name()), ("roles", list_of(role())), ("groups", list_of(name()))];
    let new: Vec<_> = [("email", text_of())].into_iter().chain(parts.clone()).collect();
    vec![
        list_operation::<MemberView>(Operation::new("get", "/members", "listMembers", Who::Reader, || {
            get().to(list)
        }))
        .says("List members")
        .lists(&named("Member")),
        Operation::new("post", "/members", "createMember", Who::Administrator, || post().to(create))
            .says("Create a member")
            .more("Only an account_holder may create another account_holder.")
            .takes(partly(&new, &["email", "name", "roles"]))
            .makes(named("Member")),
        Operation::new("get", "/members/{id}", "showMember", Who::Reader, || get().to(show))
            .says("Show a member")
            .shows(named("Member")),
        Operation::new("patch", "/members/{id}", "editMember", Who::Administrator, || patch().to(edit))
            .says("Change a member")
            .more("Only an account_holder may change an account_holder. The last active one must keep its role.")
            .takes(edit_of(&parts))
            .edits(edited(&schema())),
        Operation::new("post", "/members/{id}/disable", "disableMember", Who::Administrator, || {
            post().to(disable)
        })
        .says("Disable a member")
        .more("The member's tokens become invalid at once. Service credentials that the member created stay valid.")
        .changes()
        .answers(named("Receipt")),
    ]
}

fn role() -> Value {
    one_of(&["account_holder", "sys_admin", "auditor", "member"])
}

pub fn schema() -> Value {
    object(&[
        ("id", uuid()),
        ("email", text_of()),
        ("name", name()),
        ("roles", list_of(role())),
        ("groups", list_of(name())),
        ("status", one_of(&["active", "disabled"])),
        ("disabled_at", nullable(time())),
        ("created_at", time()),
        ("updated_at", time()),
    ])
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = Fields::read(&request, payload).await.and_then(new_member);
    administer(request, state, move |state, act| {
        let new = new?;
        Outcome::created(&create_member(&state.administration, act, new)?)
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
    let edit = Fields::read(&request, payload).await.and_then(member_edit);
    administer(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_member(&state.administration, act, id?, edit)?)
    })
    .await
}

pub async fn disable(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    administer(request, state, move |state, act| {
        let disabled = disable_member(&state.administration, act, id?)?;
        Outcome::ended(state, disabled)
    })
    .await
}

fn new_member(mut fields: Fields) -> Result<NewMember, Problem> {
    let email = fields.required("email", text);
    let name = fields.required("name", text);
    let roles = fields.required("roles", texts);
    let groups = fields.optional("groups", existing_names).unwrap_or_default();
    fields.finish(|| Some(NewMember { email: email?, name: name?, roles: roles?, groups }))
}

fn member_edit(mut fields: Fields) -> Result<MemberEdit, Problem> {
    fields.only_editable(&["name", "roles", "groups"]);
    let name = fields.optional("name", text);
    let roles = fields.optional("roles", texts);
    let groups = fields.optional("groups", existing_names);
    fields.finish(|| Some(MemberEdit { name, roles, groups }))
}
