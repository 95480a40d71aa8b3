//! Source credentials that need somebody.

use claviger_console::{AttentionAct, AttentionLine, Entry, Tone, text};

use crate::administration::{CredentialTotals, NeedsCare, Trouble, source_credentials_needing_care};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::ValidationOutcome;

/// Refused by their providers, or without a permission, or over.
pub fn failing_sources(visit: &Visit) -> Result<Vec<AttentionLine>, Stop> {
    let is_over = |one: &NeedsCare| !matches!(one.trouble, Trouble::Expiring { .. });
    Ok(needing_care(visit)?.into_iter().filter(is_over).map(|one| line(visit, one)).collect())
}

/// Within 14 days.
pub fn sources_that_end(visit: &Visit) -> Result<Vec<AttentionLine>, Stop> {
    let ends = |one: &NeedsCare| matches!(one.trouble, Trouble::Expiring { .. });
    Ok(needing_care(visit)?.into_iter().filter(ends).map(|one| line(visit, one)).collect())
}

fn needing_care(visit: &Visit) -> Result<Vec<NeedsCare>, Stop> {
    let soon = visit.now().plus_seconds(CredentialTotals::EXPIRING_DAYS * 86_400);
    let found = source_credentials_needing_care(&visit.state.administration, &visit.act(), soon);
    found.map_err(|error| Stop::of(error, Entry::Overview))
}

fn line(visit: &Visit, one: NeedsCare) -> AttentionLine {
    let (name, now) = (&one.name, visit.now());
    let (tone, icon, words) = match &one.trouble {
        Trouble::Failing { outcome: ValidationOutcome::InsufficientPermission, .. } => {
            (Tone::Bad, "stop", format!("{name} lost a permission"))
        }
        Trouble::Failing { .. } => (Tone::Bad, "stop", format!("{name} is not accepted any more")),
        Trouble::Expired { at } => (Tone::Bad, "stop", format!("{name} expired {}", text::ago(at, &now))),
        Trouble::Expiring { at } => {
            (Tone::Warn, "clock", format!("{name} expires {}", text::in_time(at, &now)))
        }
    };
    let since = match &one.trouble {
        Trouble::Failing { since, .. } => format!("Since {}. ", text::ago(since, &now)),
        Trouble::Expired { .. } | Trouble::Expiring { .. } => String::new(),
    };
    let sources = u64::try_from(one.sources).unwrap_or(u64::MAX);
    let used = text::things(&sources, "source uses it.", "sources use it.");
    AttentionLine {
        tone,
        icon,
        words,
        more: format!("{since}{used}"),
        act: AttentionAct::Open {
            words: "Look",
            address: visit.links().source_credential(&one.id.to_string()),
        },
    }
}
