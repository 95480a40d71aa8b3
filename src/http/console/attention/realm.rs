//! What needs somebody who manages the realm.

use claviger_console::{AttentionAct, AttentionLine, CredentialTab, MAX_ATTENTION, Tone, text};

use crate::administration::CredentialTotals;
use crate::http::console::attention::credentials::{expiring, still_trying, unused};
use crate::http::console::attention::sign_ins::requests;
use crate::http::console::attention::vault::{failing_sources, sources_that_end};
use crate::http::console::people::told_sign_ins::told_lines;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;

const SIGN_INS_SEEN: usize = 3;

/// At most [`MAX_ATTENTION`] lines.
pub fn realm_attention(visit: &Visit, totals: &CredentialTotals) -> Result<Vec<AttentionLine>, Stop> {
    let mut lines = requests(visit);
    lines.extend(failing_sources(visit)?);
    lines.extend(still_trying(visit)?);
    lines.extend(sources_that_end(visit)?);
    lines.extend(expiring(visit)?);
    lines.extend(unused(visit)?);
    lines.extend(keys_only(visit));
    lines.extend(never_expiring(visit, totals));
    // However much there is to do, sign-ins of local accounts are seen.
    let told = told_lines(visit, MAX_ATTENTION)?;
    lines.truncate(MAX_ATTENTION - told.len().min(SIGN_INS_SEEN));
    lines.extend(told);
    lines.truncate(MAX_ATTENTION);
    Ok(lines)
}

fn keys_only(visit: &Visit) -> Option<AttentionLine> {
    let services = visit.keys_only_services();
    (services > 0).then(|| AttentionLine {
        tone: Tone::Warn,
        icon: "server",
        words: text::things(&services, "service only reads the key set", "services only read the key set"),
        more: "There a revoked token lasts until it ends.".to_owned(),
        act: AttentionAct::Open { words: "Which?", address: visit.links().reach() },
    })
}

fn never_expiring(visit: &Visit, totals: &CredentialTotals) -> Option<AttentionLine> {
    let tab = CredentialTab::NeverExpire.as_str();
    (totals.never_expire > 0).then(|| AttentionLine {
        tone: Tone::Info,
        icon: "info",
        words: text::things(&totals.never_expire, "credential never expires", "credentials never expire"),
        more: "Nobody is reminded to look after what never ends.".to_owned(),
        act: AttentionAct::Open {
            words: "Review",
            address: visit.links().service_credentials().with("status", tab),
        },
    })
}
