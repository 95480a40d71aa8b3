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
    callback, confirm, invitation, provider, recovery_codes, second_factor, sign_in_code,
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
const KIND: &str = "/{realm}/{kind:api-tokens|personal-access-tokens|application-credentials}";

pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/console")
            .route("", get().to(choose))
            .route("/", get().to(choose))
            .route("/assets/{name}", get().to(asset))
            .route("/theme", post().to(set_theme))
            .route("/{realm}", get().to(overview))
            .route("/{realm}/", get().to(overview))
            .route("/{realm}/acknowledge", post().to(acknowledge))
            .route("/{realm}/sign-in", get().to(show_form))
            .route("/{realm}/sign-in/local", post().to(sign_in))
            .route("/{realm}/sign-in/code", get().to(sign_in_code::show_code))
            .route("/{realm}/sign-in/code", post().to(sign_in_code::use_code))
            .route("/{realm}/sign-in/recovery", get().to(sign_in_code::show_recovery))
            .route("/{realm}/sign-in/recovery", post().to(sign_in_code::use_recovery))
            .route("/{realm}/invitation/second-factor", post().to(second_factor::set_up_invited))
            .route("/{realm}/sign-in/provider", get().to(provider::sign_in))
            .route("/{realm}/sign-in/callback", get().to(callback::callback))
            .route("/{realm}/confirm/provider", get().to(provider::confirm))
            .route("/{realm}/invitation", get().to(invitation::show_form))
            .route("/{realm}/invitation", post().to(invitation::set_password))
            .route("/{realm}/confirm", get().to(confirm::show_form))
            .route("/{realm}/confirm", post().to(confirm::confirm))
            .route("/{realm}/service-credentials", get().to(list::list))
            .route("/{realm}/service-credentials/new", get().to(wizard::details))
            .route("/{realm}/service-credentials/new", post().to(saved::save))
            .route("/{realm}/service-credentials/new/expiration", get().to(wizard::expiration))
            .route("/{realm}/service-credentials/new/access", get().to(wizard::access))
            .route("/{realm}/service-credentials/new/summary", get().to(wizard::summary))
            .route("/{realm}/service-credentials/new/groups", get().to(pickers::groups))
            .route("/{realm}/service-credentials/new/resources", get().to(pickers::resources))
            .route("/{realm}/service-credentials/new/actions", get().to(pickers::actions))
            .route("/{realm}/service-credentials/download", post().to(download))
            .route("/{realm}/service-credentials/{id}", get().to(detail::detail))
            .route("/{realm}/service-credentials/{id}/first-use", get().to(detail::first_use))
            .route("/{realm}/service-credentials/{id}/examples", get().to(detail::examples))
            .route("/{realm}/service-credentials/{id}/revoke", get().to(revoke::ask))
            .route("/{realm}/service-credentials/{id}/revoke", post().to(revoke::revoke))
            .route("/{realm}/service-credentials/{id}/receipt", get().to(receipt::receipt))
            .route("/{realm}/service-credentials/{id}/renew", get().to(renew::ask))
            .route("/{realm}/service-credentials/{id}/renew", post().to(renew::renew))
            .route("/{realm}/service-credentials/{id}/groups/add", get().to(add::pick_groups))
            .route("/{realm}/service-credentials/{id}/groups/add", post().to(add::add_groups))
            .route("/{realm}/service-credentials/{id}/groups/remove", get().to(remove::ask_group))
            .route("/{realm}/service-credentials/{id}/groups/remove", post().to(remove::group))
            .route("/{realm}/service-credentials/{id}/resources/add", get().to(add::pick_resources))
            .route("/{realm}/service-credentials/{id}/resources/actions", get().to(add::pick_actions))
            .route("/{realm}/service-credentials/{id}/resources/actions", post().to(add::set_actions))
            .route("/{realm}/service-credentials/{id}/resources/remove", get().to(remove::ask_resource))
            .route("/{realm}/service-credentials/{id}/resources/remove", post().to(remove::resource))
            .route("/{realm}/audit", get().to(audit::list))
            .route("/{realm}/audit/export", get().to(audit::export))
            .route("/{realm}/audit/{id}", get().to(audit::event))
            .route("/{realm}/signing-keys", get().to(signing_keys::list))
            .route("/{realm}/signing-keys/rotate", get().to(signing_keys::ask_to_rotate))
            .route("/{realm}/signing-keys/rotate", post().to(signing_keys::rotate))
            .route("/{realm}/signing-keys/withdraw", get().to(signing_keys::ask_to_withdraw))
            .route("/{realm}/signing-keys/withdraw", post().to(signing_keys::withdraw))
            .route("/{realm}/organization", get().to(organization))
            .route("/{realm}/organization/settings", get().to(settings::form))
            .route("/{realm}/organization/settings", post().to(settings::save))
            .route("/{realm}/organization/sign-in", get().to(sign_in_settings::settings))
            .route("/{realm}/organization/sign-in", post().to(sign_in_settings::save))
            .route("/{realm}/organization/sign-in/try", get().to(sign_in_settings::try_it))
            .route("/{realm}/organization/sign-in/remove", get().to(sign_in_settings::ask_to_remove))
            .route("/{realm}/organization/sign-in/remove", post().to(sign_in_settings::remove))
            .configure(token_routes)
            .configure(member_routes)
            .configure(directory_routes)
            .configure(vault_routes)
            .configure(webhook_routes)
            .route("/{realm}/find", get().to(find::find))
            .route("/{realm}/trace", get().to(trace::ask))
            .route("/{realm}/trace", post().to(trace::trace))
            .route("/{realm}/sign-out", post().to(sign_out))
            .route("/{realm}/account", get().to(account))
            .route("/{realm}/account/second-factor", post().to(second_factor::begin))
            .route("/{realm}/account/second-factor/prove", post().to(second_factor::prove))
            .route("/{realm}/account/recovery-codes", get().to(recovery_codes::ask))
            .route("/{realm}/account/recovery-codes", post().to(recovery_codes::renew))
            .route("/{realm}/account/keys", post().to(set_keys))
            .route("/{realm}/account/end-session", post().to(end_session))
            .route("/{realm}/account/end-other-sessions", post().to(end_other_sessions))
            .route("/{realm}/{rest:.*}", get().to(nothing_here)),
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
        .route(&format!("{KIND}/{{id}}/revoke"), get().to(tokens::revoke::ask))
        .route(&format!("{KIND}/{{id}}/revoke"), post().to(tokens::revoke::revoke));
}

fn member_routes(config: &mut ServiceConfig) {
    config
        .route("/{realm}/members", get().to(members::list::list))
        .route("/{realm}/members/new", get().to(members::form::new))
        .route("/{realm}/members/new", post().to(members::form::add))
        .route("/{realm}/members/{id}", get().to(members::detail::detail))
        .route("/{realm}/members/{id}/edit", get().to(members::form::edit))
        .route("/{realm}/members/{id}/edit", post().to(members::form::save))
        .route("/{realm}/members/{id}/disable", get().to(members::standing::ask_to_disable))
        .route("/{realm}/members/{id}/disable", post().to(members::standing::disable))
        .route("/{realm}/members/{id}/enable", get().to(members::standing::ask_to_enable))
        .route("/{realm}/members/{id}/enable", post().to(members::standing::enable))
        .route("/{realm}/members/{id}/reset-second-factor", get().to(members::second_factor::ask))
        .route("/{realm}/members/{id}/reset-second-factor", post().to(members::second_factor::reset))
        .route("/{realm}/members/{id}/invite", get().to(members::invite::ask))
        .route("/{realm}/members/{id}/invite", post().to(members::invite::invite))
        .route("/{realm}/members/{id}/identities/approve", get().to(members::identities::ask_to_approve))
        .route("/{realm}/members/{id}/identities/approve", post().to(members::identities::approve))
        .route("/{realm}/members/{id}/identities/remove", get().to(members::identities::ask_to_remove))
        .route("/{realm}/members/{id}/identities/remove", post().to(members::identities::remove));
}

fn vault_routes(config: &mut ServiceConfig) {
    config
        .route("/{realm}/source-credentials", get().to(vault::list::source_credentials))
        .route("/{realm}/source-credentials/new", get().to(vault::form::new))
        .route("/{realm}/source-credentials/new", post().to(vault::save::create))
        .route("/{realm}/source-credentials/{id}", get().to(vault::detail::detail))
        .route("/{realm}/source-credentials/{id}/edit", get().to(vault::form::edit))
        .route("/{realm}/source-credentials/{id}/edit", post().to(vault::save::save))
        .route("/{realm}/source-credentials/{id}/validate", post().to(vault::detail::validate))
        .route("/{realm}/source-credentials/{id}/delete", get().to(vault::delete::ask))
        .route("/{realm}/source-credentials/{id}/delete", post().to(vault::delete::delete))
        .route("/{realm}/sources", get().to(vault::list::sources))
        .route("/{realm}/sources/new", get().to(vault::source_form::new))
        .route("/{realm}/sources/new", post().to(vault::source_form::add))
        .route("/{realm}/sources/{id}", get().to(vault::source::detail))
        .route("/{realm}/sources/{id}/edit", get().to(vault::source_form::edit))
        .route("/{realm}/sources/{id}/edit", post().to(vault::source_form::save))
        .route("/{realm}/sources/{id}/link", post().to(vault::source_acts::link))
        .route("/{realm}/sources/{id}/pull", post().to(vault::source_acts::pull))
        .route("/{realm}/sources/{id}/remove", get().to(vault::source_acts::ask_to_remove))
        .route("/{realm}/sources/{id}/remove", post().to(vault::source_acts::remove));
}

fn webhook_routes(config: &mut ServiceConfig) {
    config
        .route("/{realm}/webhooks", get().to(webhooks::list::list))
        .route("/{realm}/webhooks/new", get().to(webhooks::form::new))
        .route("/{realm}/webhooks/new", post().to(webhooks::form::add))
        .route("/{realm}/webhooks/{id}", get().to(webhooks::detail::detail))
        .route("/{realm}/webhooks/{id}/edit", get().to(webhooks::form::edit))
        .route("/{realm}/webhooks/{id}/edit", post().to(webhooks::form::save))
        .route("/{realm}/webhooks/{id}/test", post().to(webhooks::acts::test))
        .route("/{realm}/webhooks/{id}/resend", post().to(webhooks::acts::resend))
        .route("/{realm}/webhooks/{id}/rotate", get().to(webhooks::rotate::ask))
        .route("/{realm}/webhooks/{id}/rotate", post().to(webhooks::rotate::rotate))
        .route("/{realm}/webhooks/{id}/disable", get().to(webhooks::acts::ask_to_disable))
        .route("/{realm}/webhooks/{id}/disable", post().to(webhooks::acts::disable))
        .route("/{realm}/webhooks/{id}/enable", post().to(webhooks::acts::enable))
        .route("/{realm}/webhooks/{id}/remove", get().to(webhooks::acts::ask_to_remove))
        .route("/{realm}/webhooks/{id}/remove", post().to(webhooks::acts::remove));
}

fn directory_routes(config: &mut ServiceConfig) {
    config
        .route("/{realm}/groups", get().to(groups::list::list))
        .route("/{realm}/groups/group", get().to(groups::detail::detail))
        .configure(drafted_routes::<GroupView>("groups"))
        .route("/{realm}/resources", get().to(resources::list::list))
        .route("/{realm}/resources/resource", get().to(resources::detail::detail))
        .configure(drafted_routes::<ResourceView>("resources"))
        .route("/{realm}/scopes", get().to(scopes::list::list))
        .route("/{realm}/scopes/presets", get().to(scopes::presets::list))
        .route("/{realm}/scopes/scope", get().to(scopes::detail::detail))
        .configure(drafted_routes::<ScopeView>("scopes"))
        .route("/{realm}/resource-servers", get().to(resource_servers::list::list))
        .route("/{realm}/resource-servers/new", get().to(resource_servers::create::form))
        .route("/{realm}/resource-servers/new", post().to(resource_servers::create::create))
        .route("/{realm}/resource-servers/download", post().to(download))
        .route("/{realm}/resource-servers/{id}", get().to(resource_servers::detail::detail))
        .route("/{realm}/resource-servers/{id}/renew", get().to(resource_servers::renew::ask))
        .route("/{realm}/resource-servers/{id}/renew", post().to(resource_servers::renew::renew))
        .route("/{realm}/resource-servers/{id}/delete", get().to(entity::ask_to_delete::<ResourceServerView>))
        .route("/{realm}/resource-servers/{id}/delete", post().to(entity::delete::<ResourceServerView>));
}

/// The forms of one kind.
fn drafted_routes<R: drafted::Drafted>(noun: &'static str) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .route(&format!("/{{realm}}/{noun}/new"), get().to(drafted::new::<R>))
            .route(&format!("/{{realm}}/{noun}/new"), post().to(drafted::create::<R>))
            .route(&format!("/{{realm}}/{noun}/edit"), get().to(drafted::edit::<R>))
            .route(&format!("/{{realm}}/{noun}/edit"), post().to(drafted::save::<R>))
            .route(&format!("/{{realm}}/{noun}/delete"), get().to(entity::ask_to_delete::<R>))
            .route(&format!("/{{realm}}/{noun}/delete"), post().to(entity::delete::<R>));
    }
}
