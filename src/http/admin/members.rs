//! `/members`.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::caller::administer;
use super::fields::{Fields, list as texts, text};
use super::listing::{Facts, Page, Shape};
use super::outcome::Outcome;
use super::path::path_id;
use super::problem::Problem;
use crate::administration::{
    MemberEdit, MemberView, NewMember, create_member, disable_member, edit_member, find_member, list_members,
};
use crate::http::AppState;

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = Fields::read(&request, payload).await.and_then(new_member);
    administer(request, state, move |state, act| {
        let new = new?;
        Outcome::created(&create_member(&state.administration, act, new)?)
    })
    .await
}

pub const LIST: Shape = Shape {
    sorts: &["email", "name", "created_at"],
    default_sort: "created_at",
    statuses: &["active", "disabled"],
    others: &[],
};

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = Page::of(&request, &LIST);
    administer(request, state, move |state, act| {
        page?.select(list_members(&state.administration, act)?, facts)
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
        Outcome::edited(state, act, &edit_member(&state.administration, act, id?, edit)?)
    })
    .await
}

pub async fn disable(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "member");
    administer(request, state, move |state, act| {
        let disabled = disable_member(&state.administration, act, id?)?;
        Outcome::receipt(state, act, disabled.position)
    })
    .await
}

fn new_member(mut fields: Fields) -> Result<NewMember, Problem> {
    let email = fields.required("email", text);
    let name = fields.required("name", text);
    let roles = fields.required("roles", texts);
    let groups = fields.optional("groups", texts).unwrap_or_default();
    fields.finish(|| Some(NewMember { email: email?, name: name?, roles: roles?, groups }))
}

fn member_edit(mut fields: Fields) -> Result<MemberEdit, Problem> {
    fields.only_editable(&["name", "roles", "groups"]);
    let name = fields.optional("name", text);
    let roles = fields.optional("roles", texts);
    let groups = fields.optional("groups", texts);
    fields.finish(|| Some(MemberEdit { name, roles, groups }))
}

fn facts(member: &MemberView, sort: &str) -> Facts {
    let key = match sort {
        "email" => member.email.to_string(),
        "name" => member.name.to_string(),
        _ => member.id.to_string(),
    };
    Facts {
        id: member.id.to_string(),
        key,
        status: member.status,
        searched: vec![member.email.to_string(), member.name.to_string(), member.id.to_string()],
    }
}
