//! Who has something: the first ones by name, and how many there are.

use crate::frame::Frame;
use crate::record::{PanelBody, RecordLine, RecordPanel};
use crate::text::things;

#[derive(Clone, Debug, Default)]
pub struct HolderLines {
    /// Groups that give it.
    pub groups: Vec<String>,
    pub members: Vec<NamedHolder>,
    pub member_count: u64,
    pub credentials: Vec<NamedHolder>,
    pub credential_count: u64,
}

#[derive(Clone, Debug)]
pub struct NamedHolder {
    pub id: String,
    pub name: String,
}

impl HolderLines {
    pub(super) fn groups_panel(&self, frame: &Frame) -> RecordPanel {
        let line = |name: &String| RecordLine {
            icon: "group",
            words: name.clone(),
            address: Some(frame.links.group(name)),
            more: String::new(),
        };
        panel(
            "gro",
            "Groups that give it",
            self.groups.iter().map(line).collect(),
            String::new(),
            "No group.",
        )
    }

    pub(super) fn members_panel(&self, frame: &Frame) -> RecordPanel {
        let line = |member: &NamedHolder| RecordLine {
            icon: "person",
            words: member.name.clone(),
            address: Some(frame.links.member(&member.id)),
            more: String::new(),
        };
        let lines: Vec<RecordLine> = self.members.iter().map(line).collect();
        let hint = hint(self.member_count, lines.len(), "member", "members");
        panel("mem", "Members", lines, hint, "No member.")
    }

    pub(super) fn credentials_panel(&self, frame: &Frame) -> RecordPanel {
        let line = |credential: &NamedHolder| RecordLine {
            icon: "key",
            words: credential.name.clone(),
            address: Some(frame.links.service_credential(&credential.id)),
            more: String::new(),
        };
        let lines: Vec<RecordLine> = self.credentials.iter().map(line).collect();
        let hint = hint(self.credential_count, lines.len(), "live one", "live ones");
        panel("cre", "Service credentials", lines, hint, "No live service credential.")
    }
}

/// `120 members, the first 20 of them here.`
fn hint(count: u64, shown: usize, one: &str, many: &str) -> String {
    let shown = u64::try_from(shown).unwrap_or(u64::MAX);
    match count {
        0 => String::new(),
        _ if count > shown => format!("{}, the first {shown} of them here.", things(&count, one, many)),
        _ => things(&count, one, many),
    }
}

fn panel(
    id: &'static str,
    title: &'static str,
    lines: Vec<RecordLine>,
    hint: String,
    none: &'static str,
) -> RecordPanel {
    RecordPanel { id, title, hint, act: None, body: PanelBody::Lines(lines), none }
}
