//! The addresses of the console.

use actix_web::web::{self, Data, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{GroupView, ResourceServerView, ResourceView, ScopeView};

use crate::http::console::assets::asset;
use crate::http::console::directory::{drafted, entity, groups, resource_servers, resources, scopes};
use crate::http::console::download::download;
use crate::http::console::overview::overview;
use crate::http::console::people::own_account::{
    account, end_other_sessions, end_session, set_keys, set_theme,
};
use crate::http::console::people::sign_in::{show_form, sign_in, sign_out};
use crate::http::console::people::told_sign_ins::acknowledge;
use crate::http::console::people::{
    callback, command_line, confirm, invitation, provider, recovery_codes, second_factor, sign_in_code,
};
use crate::http::console::realm_pages::organization::organization;
use crate::http::console::realm_pages::{settings, sign_in_settings, signing_keys};
use crate::http::console::realms::choose;
use crate::http::console::search::{find, trace};
use crate::http::console::service_credentials::{
    add, detail, list, pickers, receipt, remove, renew, revoke, saved, wizard,
};
use crate::http::console::stop::Stop;
use crate::http::console::visit::show;
use crate::http::console::{audit, members, tokens, vault, webhooks};
use crate::http::state::AppState;

/// Of what members own: the same pages for each kind.
const KIND: &str = "/{kind:api-tokens|personal-access-tokens|application-credentials}";

const APPLICATION: &str = "/application-credentials/{id}";

pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/console")
            .route("", get().to(choose))
            .route("/", get().to(choose))
            .route("/assets/{name}", get().to(asset))
            .route("/theme", post().to(set_theme))
            .configure(of_a_realm),
    );
}

/// Below one scope: only the label of the realm and ids are matched by expressions, and only where they are. An
/// expression takes 20 KB in each worker, a text nothing.
fn of_a_realm(config: &mut ServiceConfig) {
    config.service(
        web::scope("/{realm}")
            .route("", get().to(overview))
            .route("/", get().to(overview))
            .route("/acknowledge", post().to(acknowledge))
            .route("/sign-in", get().to(show_form))
            .route("/sign-in/local", post().to(sign_in))
            .route("/sign-in/code", get().to(sign_in_code::show_code))
            .route("/sign-in/code", post().to(sign_in_code::use_code))
            .route("/sign-in/recovery", get().to(sign_in_code::show_recovery))
            .route("/sign-in/recovery", post().to(sign_in_code::use_recovery))
            .route("/invitation/second-factor", post().to(second_factor::set_up_invited))
            .route("/sign-in/provider", get().to(provider::sign_in))
            .route("/sign-in/callback", get().to(callback::callback))
            .route("/confirm/provider", get().to(provider::confirm))
            .route("/invitation", get().to(invitation::show_form))
            .route("/invitation", post().to(invitation::set_password))
            .route("/confirm", get().to(confirm::show_form))
            .route("/confirm", post().to(confirm::confirm))
            .route("/cli", get().to(command_line::ask))
            .route("/cli", post().to(command_line::approve))
            .route("/service-credentials", get().to(list::list))
            .route("/service-credentials/new", get().to(wizard::details))
            .route("/service-credentials/new", post().to(saved::save))
            .route("/service-credentials/new/expiration", get().to(wizard::expiration))
            .route("/service-credentials/new/access", get().to(wizard::access))
            .route("/service-credentials/new/summary", get().to(wizard::summary))
            .route("/service-credentials/new/groups", get().to(pickers::groups))
            .route("/service-credentials/new/resources", get().to(pickers::resources))
            .route("/service-credentials/new/actions", get().to(pickers::actions))
            .route("/service-credentials/download", post().to(download))
            .route("/service-credentials/{id}", get().to(detail::detail))
            .route("/service-credentials/{id}/first-use", get().to(detail::first_use))
            .route("/service-credentials/{id}/examples", get().to(detail::examples))
            .route("/service-credentials/{id}/revoke", get().to(revoke::ask))
            .route("/service-credentials/{id}/revoke", post().to(revoke::revoke))
            .route("/service-credentials/{id}/receipt", get().to(receipt::receipt))
            .route("/service-credentials/{id}/renew", get().to(renew::ask))
            .route("/service-credentials/{id}/renew", post().to(renew::renew))
            .route("/service-credentials/{id}/groups/add", get().to(add::pick_groups))
            .route("/service-credentials/{id}/groups/add", post().to(add::add_groups))
            .route("/service-credentials/{id}/groups/remove", get().to(remove::ask_group))
            .route("/service-credentials/{id}/groups/remove", post().to(remove::group))
            .route("/service-credentials/{id}/resources/add", get().to(add::pick_resources))
            .route("/service-credentials/{id}/resources/actions", get().to(add::pick_actions))
            .route("/service-credentials/{id}/resources/actions", post().to(add::set_actions))
            .route("/service-credentials/{id}/resources/remove", get().to(remove::ask_resource))
            .route("/service-credentials/{id}/resources/remove", post().to(remove::resource))
            .route("/audit", get().to(audit::list))
            .route("/audit/export", get().to(audit::export))
            .route("/audit/{id}", get().to(audit::event))
            .route("/signing-keys", get().to(signing_keys::list))
            .route("/signing-keys/rotate", get().to(signing_keys::ask_to_rotate))
            .route("/signing-keys/rotate", post().to(signing_keys::rotate))
            .route("/signing-keys/withdraw", get().to(signing_keys::ask_to_withdraw))
            .route("/signing-keys/withdraw", post().to(signing_keys::withdraw))
            .route("/organization", get().to(organization))
            .route("/organization/settings", get().to(settings::form))
            .route("/organization/settings", post().to(settings::save))
            .route("/organization/sign-in", get().to(sign_in_settings::settings))
            .route("/organization/sign-in", post().to(sign_in_settings::save))
            .route("/organization/sign-in/try", get().to(sign_in_settings::try_it))
            .route("/organization/sign-in/remove", get().to(sign_in_settings::ask_to_remove))
            .route("/organization/sign-in/remove", post().to(sign_in_settings::remove))
            .configure(token_routes)
            .configure(member_routes)
            .configure(directory_routes)
            .configure(vault_routes)
            .configure(webhook_routes)
            .route("/find", get().to(find::find))
            .route("/trace", get().to(trace::ask))
            .route("/trace", post().to(trace::trace))
            .route("/sign-out", post().to(sign_out))
            .route("/account", get().to(account))
            .route("/account/second-factor", post().to(second_factor::begin))
            .route("/account/second-factor/prove", post().to(second_factor::prove))
            .route("/account/recovery-codes", get().to(recovery_codes::ask))
            .route("/account/recovery-codes", post().to(recovery_codes::renew))
            .route("/account/keys", post().to(set_keys))
            .route("/account/end-session", post().to(end_session))
            .route("/account/end-other-sessions", post().to(end_other_sessions))
            .route("/{rest:.*}", get().to(nothing_here)),
    );
}

/// A page, where the rest of the server answers with a problem for programs.
async fn nothing_here(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |_| Err(Stop::NotFound)).await
}

fn token_routes(config: &mut ServiceConfig) {
    config
        .route(KIND, get().to(tokens::list::list))
        .route(&format!("{KIND}/new"), get().to(tokens::new::form))
        .route(&format!("{KIND}/new"), post().to(tokens::new::create))
        .route(&format!("{KIND}/download"), post().to(download))
        .route(&format!("{KIND}/{{id}}"), get().to(tokens::detail::detail))
        .route(&format!("{APPLICATION}/edit"), get().to(tokens::edit::form))
        .route(&format!("{APPLICATION}/edit"), post().to(tokens::edit::save))
        .route(&format!("{APPLICATION}/renew"), get().to(tokens::renew::ask))
        .route(&format!("{APPLICATION}/renew"), post().to(tokens::renew::renew))
        .route(&format!("{KIND}/{{id}}/revoke"), get().to(tokens::revoke::ask))
        .route(&format!("{KIND}/{{id}}/revoke"), post().to(tokens::revoke::revoke));
}

fn member_routes(config: &mut ServiceConfig) {
    config
        .route("/members", get().to(members::list::list))
        .route("/members/new", get().to(members::form::new))
        .route("/members/new", post().to(members::form::add))
        .route("/members/{id}", get().to(members::detail::detail))
        .route("/members/{id}/edit", get().to(members::form::edit))
        .route("/members/{id}/edit", post().to(members::form::save))
        .route("/members/{id}/disable", get().to(members::standing::ask_to_disable))
        .route("/members/{id}/disable", post().to(members::standing::disable))
        .route("/members/{id}/enable", get().to(members::standing::ask_to_enable))
        .route("/members/{id}/enable", post().to(members::standing::enable))
        .route("/members/{id}/reset-second-factor", get().to(members::second_factor::ask))
        .route("/members/{id}/reset-second-factor", post().to(members::second_factor::reset))
        .route("/members/{id}/invite", get().to(members::invite::ask))
        .route("/members/{id}/invite", post().to(members::invite::invite))
        .route("/members/{id}/identities/approve", get().to(members::identities::ask_to_approve))
        .route("/members/{id}/identities/approve", post().to(members::identities::approve))
        .route("/members/{id}/identities/remove", get().to(members::identities::ask_to_remove))
        .route("/members/{id}/identities/remove", post().to(members::identities::remove));
}

fn vault_routes(config: &mut ServiceConfig) {
    config
        .route("/source-credentials", get().to(vault::list::source_credentials))
        .route("/source-credentials/new", get().to(vault::form::new))
        .route("/source-credentials/new", post().to(vault::save::create))
        .route("/source-credentials/{id}", get().to(vault::detail::detail))
        .route("/source-credentials/{id}/edit", get().to(vault::form::edit))
        .route("/source-credentials/{id}/edit", post().to(vault::save::save))
        .route("/source-credentials/{id}/validate", post().to(vault::detail::validate))
        .route("/source-credentials/{id}/delete", get().to(vault::delete::ask))
        .route("/source-credentials/{id}/delete", post().to(vault::delete::delete))
        .route("/sources", get().to(vault::list::sources))
        .route("/sources/new", get().to(vault::source_form::new))
        .route("/sources/new", post().to(vault::source_form::add))
        .route("/sources/{id}", get().to(vault::source::detail))
        .route("/sources/{id}/edit", get().to(vault::source_form::edit))
        .route("/sources/{id}/edit", post().to(vault::source_form::save))
        .route("/sources/{id}/link", post().to(vault::source_acts::link))
        .route("/sources/{id}/pull", post().to(vault::source_acts::pull))
        .route("/sources/{id}/remove", get().to(vault::source_acts::ask_to_remove))
        .route("/sources/{id}/remove", post().to(vault::source_acts::remove));
}

fn webhook_routes(config: &mut ServiceConfig) {
    config
        .route("/webhooks", get().to(webhooks::list::list))
        .route("/webhooks/new", get().to(webhooks::form::new))
        .route("/webhooks/new", post().to(webhooks::form::add))
        .route("/webhooks/{id}", get().to(webhooks::detail::detail))
        .route("/webhooks/{id}/edit", get().to(webhooks::form::edit))
        .route("/webhooks/{id}/edit", post().to(webhooks::form::save))
        .route("/webhooks/{id}/test", post().to(webhooks::acts::test))
        .route("/webhooks/{id}/resend", post().to(webhooks::acts::resend))
        .route("/webhooks/{id}/rotate", get().to(webhooks::rotate::ask))
        .route("/webhooks/{id}/rotate", post().to(webhooks::rotate::rotate))
        .route("/webhooks/{id}/disable", get().to(webhooks::acts::ask_to_disable))
        .route("/webhooks/{id}/disable", post().to(webhooks::acts::disable))
        .route("/webhooks/{id}/enable", post().to(webhooks::acts::enable))
        .route("/webhooks/{id}/remove", get().to(webhooks::acts::ask_to_remove))
        .route("/webhooks/{id}/remove", post().to(webhooks::acts::remove));
}

fn directory_routes(config: &mut ServiceConfig) {
    config
        .route("/groups", get().to(groups::list::list))
        .route("/groups/group", get().to(groups::detail::detail))
        .configure(drafted_routes::<GroupView>("groups"))
        .route("/resources", get().to(resources::list::list))
        .route("/resources/resource", get().to(resources::detail::detail))
        .configure(drafted_routes::<ResourceView>("resources"))
        .route("/scopes", get().to(scopes::list::list))
        .route("/scopes/presets", get().to(scopes::presets::list))
        .route("/scopes/scope", get().to(scopes::detail::detail))
        .configure(drafted_routes::<ScopeView>("scopes"))
        .route("/resource-servers", get().to(resource_servers::list::list))
        .route("/resource-servers/new", get().to(resource_servers::create::form))
        .route("/resource-servers/new", post().to(resource_servers::create::create))
        .route("/resource-servers/download", post().to(download))
        .route("/resource-servers/{id}", get().to(resource_servers::detail::detail))
        .route("/resource-servers/{id}/renew", get().to(resource_servers::renew::ask))
        .route("/resource-servers/{id}/renew", post().to(resource_servers::renew::renew))
        .route("/resource-servers/{id}/delete", get().to(entity::ask_to_delete::<ResourceServerView>))
        .route("/resource-servers/{id}/delete", post().to(entity::delete::<ResourceServerView>));
}

/// The forms of one kind.
fn drafted_routes<R: drafted::Drafted>(noun: &'static str) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .route(&format!("/{noun}/new"), get().to(drafted::new::<R>))
            .route(&format!("/{noun}/new"), post().to(drafted::create::<R>))
            .route(&format!("/{noun}/edit"), get().to(drafted::edit::<R>))
            .route(&format!("/{noun}/edit"), post().to(drafted::save::<R>))
            .route(&format!("/{noun}/delete"), get().to(entity::ask_to_delete::<R>))
            .route(&format!("/{noun}/delete"), post().to(entity::delete::<R>));
    }
}
