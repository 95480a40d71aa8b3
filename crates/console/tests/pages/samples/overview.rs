//! The overview.

use claviger_console::{
    AttentionAct, AttentionLine, Entry, LastRevocation, OverviewPage, RealmOverview, Spot, Tone,
};
use claviger_domain::Role;

use super::credential_ends::reaches;
use super::credentials::events;
use super::frame::{NOW, at, framed, framed_as, links};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    let empty = OverviewPage { attention: Vec::new(), events: Vec::new(), ..overview() };
    let member = OverviewPage { frame: framed_as(Role::Member, Entry::Overview), realm: None, ..overview() };
    vec![sample("overview", overview()), sample("overview-quiet", empty), sample("overview-member", member)]
}

fn overview() -> OverviewPage {
    let line = |tone, icon, words: &str, more: &str, act| AttentionLine {
        tone,
        icon,
        words: words.to_owned(),
        more: more.to_owned(),
        act,
    };
    let review = || AttentionAct::Open { words: "Review", address: links().service_credentials() };
    let known = AttentionAct::Acknowledge {
        address: links().acknowledge_sign_in(),
        fields: vec![("member", "019d".to_owned()), ("at", NOW.to_owned())],
    };
    OverviewPage {
        frame: framed(Entry::Overview),
        allowed: true,
        attention: vec![
            line(Tone::Warn, "clock", "2 credentials expire within 7 days", "ci-docs in 3 days", review()),
            line(
                Tone::Warn,
                "dash",
                "11 credentials were not used for 90 days",
                "Nothing would break.",
                review(),
            ),
            line(Tone::Info, "person", "holder@acme.example used a local account", "Today 09:14 UTC.", known),
        ],
        realm: Some(RealmOverview {
            live_credentials: 96,
            revoked_credentials: 14,
            expired_credentials: 3,
            last_24_hours: Spot { issued: 18_204, refused: 37 },
            tokens_alive: 742,
            last_revocation: Some(LastRevocation {
                at: at("2026-11-28T09:14:03Z"),
                took_ms: 14,
                waited_out: false,
            }),
            reaches: reaches(false),
            hours: (0..24).map(|hour| if hour == 7 { 1_240 } else { 575 + hour * 20 }).collect(),
        }),
        events: events(),
    }
}
