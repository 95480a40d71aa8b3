//! What needs a member, of their own things.

use claviger_api::ExpirationView;
use claviger_console::{Address, AttentionAct, AttentionLine, Entry, MAX_ATTENTION, TokenKind, Tone, text};

use crate::administration::{CredentialTotals, EXPIRES_BEFORE, Listable, Page, list_expirations};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::ExpirationKind;

/// What of the member's own ends within 14 days, the next end first.
pub fn own_attention(visit: &Visit) -> Result<Vec<AttentionLine>, Stop> {
    let now = visit.now();
    let soon = now.plus_seconds(CredentialTotals::EXPIRING_DAYS * 86_400).to_string();
    let limit = MAX_ATTENTION.to_string();
    let asked = [(EXPIRES_BEFORE, soon.as_str()), ("limit", limit.as_str())];
    let asked = asked.into_iter().map(|(name, value)| (name.into(), value.into()));
    let page = Page::read(asked, &ExpirationView::LIST).map_err(|_| Stop::Malformed)?;
    let listed = list_expirations(&visit.state.administration, &visit.act(), &page);
    let listed = listed.map_err(|error| Stop::of(error, Entry::Overview))?;
    let line = |one: ExpirationView| {
        Some(AttentionLine {
            tone: Tone::Warn,
            icon: "clock",
            words: format!("{} expires {}", name(&one), text::in_time(&one.expires_at, &now)),
            more: "Make a new one in time.".to_owned(),
            act: AttentionAct::Open { words: "Look", address: address(visit, &one)? },
        })
    };
    Ok(listed.items.into_iter().filter_map(line).collect())
}

/// A token may have no description.
fn name(one: &ExpirationView) -> String {
    let kind = match one.kind {
        ExpirationKind::ApiToken => "An API token",
        _ => "A personal access token",
    };
    if one.name.is_empty() { kind.to_owned() } else { one.name.clone() }
}

/// `None` for what members do not own.
fn address(visit: &Visit, one: &ExpirationView) -> Option<Address> {
    let kind = match one.kind {
        ExpirationKind::ApiToken => TokenKind::Api,
        ExpirationKind::PersonalAccessToken => TokenKind::Personal,
        ExpirationKind::ApplicationCredential => TokenKind::Application,
        _ => return None,
    };
    Some(visit.links().token(&kind, &one.id))
}
