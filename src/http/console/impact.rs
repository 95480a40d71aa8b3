//! What an act takes away, said on the page that asks before it is done.

use claviger_api::CredentialView;
use claviger_console::{Entry, ImpactLine, Section, Tone, text};

use crate::http::console::record::Record;
use crate::http::console::service_credentials::found::usage;
use crate::http::console::visit::Visit;
use crate::ledger::Unsettled;
use claviger_domain::{Affected, AffectedEffect, AffectedKind, Name};

/// Whom an act that was decided only would affect, beside the thing itself.
#[derive(Default)]
pub struct Impact {
    affected: Vec<Affected>,
    /// About how many tokens end; `None` if nobody can tell.
    tokens: Option<u64>,
}

impl Impact {
    /// `own` is the kind of what the act is about, which the page names itself.
    pub fn of<T>(visit: &Visit, tried: &Unsettled<T>, own: AffectedKind) -> Self {
        let mut affected = tried.affected(visit.now()).unwrap_or_default();
        affected.retain(|one| one.kind != own);
        Self { tokens: tokens(visit, &affected), affected }
    }

    pub const fn is_none(&self) -> bool {
        self.affected.is_empty()
    }

    pub fn lines(&self) -> Vec<ImpactLine> {
        let ending = self.tokens.filter(|_| !self.affected.is_empty()).map(|count| ImpactLine {
            tone: if count > 0 { Tone::Bad } else { Tone::Off },
            icon: "token",
            words: match count {
                0 => "No token of a service credential is alive".to_owned(),
                _ => format!("About {} end at once", text::things(&count, "token", "tokens")),
            },
            more: String::new(),
        });
        self.affected.iter().map(line).chain(ending).collect()
    }

    /// `About 28 tokens ended`, for the note after the act; empty if nothing ended, or nobody can tell.
    pub fn ended(&self) -> String {
        match self.tokens {
            _ if self.is_none() => String::new(),
            Some(0) => "No token of a service credential was alive".to_owned(),
            Some(count) => format!("About {} ended", text::things(&count, "token", "tokens")),
            None => String::new(),
        }
    }
}

/// Of the service credentials that lose tokens, if all of them are named.
fn tokens(visit: &Visit, affected: &[Affected]) -> Option<u64> {
    let mut sum = 0;
    for one in affected.iter().filter(|one| one.kind == AffectedKind::ServiceCredential) {
        if usize::try_from(one.count).ok()? > one.names.len() {
            return None;
        }
        for name in &one.names {
            let id = visit.session.realm.live_names.get(&name.parse::<Name>().ok()?)?;
            let view = CredentialView::find(visit, *id).ok()?;
            sum += usage(visit, &view).ok()?.tokens_alive?;
        }
    }
    Some(sum)
}

fn line(affected: &Affected) -> ImpactLine {
    let (one, many) = noun(affected.kind);
    let counted = text::things(&affected.count, &one, &many);
    let several = affected.count != 1;
    let (tone, verb) = match affected.effect {
        AffectedEffect::Ends => (Tone::Bad, if several { "end" } else { "ends" }),
        AffectedEffect::LosesTokens if several => {
            (Tone::Warn, "lose their tokens, and get new ones with what is left")
        }
        AffectedEffect::LosesTokens => (Tone::Warn, "loses its tokens, and gets new ones with what is left"),
        AffectedEffect::LosesAccess => (Tone::Warn, if several { "lose access" } else { "loses access" }),
        AffectedEffect::Stops => (Tone::Bad, if several { "stop" } else { "stops" }),
    };
    ImpactLine { tone, icon: icon(&many), words: format!("{counted} {verb}"), more: names(affected) }
}

/// The first five, and how many more.
fn names(affected: &Affected) -> String {
    const SHOWN: usize = 5;
    let named = affected.names.iter().filter(|name| !name.is_empty());
    let mut names: Vec<String> = named.take(SHOWN).cloned().collect();
    let shown = u64::try_from(names.len()).unwrap_or(u64::MAX);
    if shown > 0 && affected.count > shown {
        names.push(format!("{} more", text::number(&(affected.count - shown))));
    }
    text::listed(&names)
}

/// What it is called, alone and with others.
fn noun(kind: AffectedKind) -> (String, String) {
    let one = kind.as_str().replace('_', " ").replace("api ", "API ");
    let several = format!("{one}s");
    (one, several)
}

/// That of the menu, where it has an entry.
fn icon(nouns: &str) -> &'static str {
    let entries = Section::ALL.iter().flat_map(|section| section.entries);
    let found = entries.copied().find(|entry| entry.title().eq_ignore_ascii_case(nouns));
    found.map_or("token", Entry::icon)
}
