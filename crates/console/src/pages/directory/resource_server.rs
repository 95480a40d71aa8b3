//! One resource server, and the form of a new one.

use claviger_contract::Timestamp;

use super::group::shell;
use super::resource_servers::mark;
use crate::form::{FormField, FormPage, overlap_field};
use crate::frame::Frame;
use crate::list::Cell;
use crate::parts::{EventLine, Faults, MAX_NAME, ReachKind, Tone};
use crate::record::{ActTone, Fact, PanelBody, RecordAct, RecordLine, RecordNote, RecordPage, RecordPanel};
use crate::text::{minute, things};

#[derive(Clone, Debug)]
pub struct ServerRecord {
    pub id: String,
    pub name: String,
    pub audience: String,
    pub kind: ReachKind,
    pub heard_at: Option<Timestamp>,
    /// How many of its processes follow the feed now.
    pub instances: u64,
    pub created_at: Timestamp,
    /// The server that it replaces, if that one still exists.
    pub predecessor: Option<String>,
    /// The server that replaces it.
    pub successor: Option<String>,
    pub overlap_ends_at: Option<Timestamp>,
    /// Where it asks about a token.
    pub introspection_endpoint: String,
    /// Where it reads the keys.
    pub jwks_uri: String,
    pub token_endpoint: String,
    pub events: Vec<EventLine>,
}

pub fn server_page(frame: Frame, server: ServerRecord) -> RecordPage {
    let links = frame.links.clone();
    let act = |words, icon, address, tone| RecordAct { words, icon, address, tone };
    let mut acts = vec![act("Delete", "trash", links.delete_resource_server(&server.id), ActTone::Danger)];
    if server.overlap_ends_at.is_none() {
        acts.insert(0, act("Renew", "renew", links.renew_resource_server(&server.id), ActTone::Asks));
    }
    let note = server.overlap_ends_at.map(|end| RecordNote {
        tone: Tone::Info,
        icon: "renew",
        words: format!("Its key works until {}.", minute(&end)),
        more:
            "Then it is deleted for you. Tokens for its audience stay valid: its successor has the same one."
                .to_owned(),
    });
    RecordPage {
        up: (links.resource_servers(), "Resource servers"),
        code: false,
        lede: String::new(),
        mark: Some(mark(&server.kind, server.overlap_ends_at, &frame.now)),
        note,
        acts: if frame.manages() { acts } else { Vec::new() },
        panels: vec![reach(&server), question(&server), tokens(&server)],
        audit: links.audit_of(&server.id),
        command: format!(
            "claviger resource-server show {}\nclaviger resource-server renew {} --overlap 24h",
            server.id, server.id
        ),
        facts: facts(&frame, &server),
        aside: Vec::new(),
        events: server.events,
        name: server.name,
        frame,
    }
}

fn facts(frame: &Frame, server: &ServerRecord) -> Vec<Fact> {
    let other = |id: &String| Cell::Code {
        address: frame.links.resource_server(id),
        name: id.clone(),
        below: String::new(),
    };
    let mut facts = vec![
        Fact { term: "Client Id", cell: Cell::Copied(server.id.clone(), "Client Id") },
        Fact { term: "Audience", cell: Cell::Copied(server.audience.clone(), "audience") },
        Fact { term: "Last seen", cell: server.heard_at.map_or(Cell::Quiet("never"), Cell::Exact) },
        Fact {
            term: "Instances that follow the feed",
            cell: Cell::count_or(server.instances, "instance", "instances", "none"),
        },
        Fact { term: "Created", cell: Cell::Exact(server.created_at) },
    ];
    facts.extend(server.predecessor.iter().map(|id| Fact { term: "Replaces", cell: other(id) }));
    facts.extend(server.successor.iter().map(|id| Fact { term: "Replaced by", cell: other(id) }));
    facts
}

fn reach(server: &ServerRecord) -> RecordPanel {
    let refuses = server.kind.mark();
    let line = RecordLine {
        icon: refuses.icon,
        words: format!("It {}: a revoked token is refused {}.", server.kind.words(), refuses.words),
        address: None,
        more: match server.kind {
            ReachKind::AsksEveryTime => {
                "It asked within the last day. This is observed, not configured.".to_owned()
            }
            ReachKind::FollowsFeed => format!(
                "{} now. A revocation is answered when each has confirmed it, or can trust nothing from before.",
                things(&server.instances, "instance follows it", "instances follow it")
            ),
            ReachKind::OwnTokens { .. } | ReachKind::ReadsKeysOnly { .. } => {
                "It did not ask lately. If it asks about each token, or follows the feed, a revoked one is refused at \
                 once."
                    .to_owned()
            }
        },
    };
    RecordPanel {
        id: "rea",
        title: "How soon a revocation reaches it",
        hint: String::new(),
        act: None,
        body: PanelBody::Lines(vec![line]),
        none: "",
    }
}

fn question(server: &ServerRecord) -> RecordPanel {
    let text = format!(
        "curl -sS {} \\\n  -u {}:$CLIENT_KEY \\\n  -d token=$TOKEN",
        shell(&server.introspection_endpoint),
        server.id
    );
    RecordPanel {
        id: "ask",
        title: "Ask about a token",
        hint: format!("Or verify it with the keys at {}.", server.jwks_uri),
        act: None,
        body: PanelBody::Code(text),
        none: "",
    }
}

fn tokens(server: &ServerRecord) -> RecordPanel {
    let text = format!(
        "curl -sS {} \\\n  -u $CLIENT_ID:$CLIENT_KEY \\\n  -d grant_type=client_credentials \\\n  --data-urlencode resource={}",
        shell(&server.token_endpoint),
        shell(&server.audience)
    );
    RecordPanel {
        id: "tok",
        title: "Get a token for it",
        hint: "A client names the audience.".to_owned(),
        act: None,
        body: PanelBody::Code(text),
        none: "",
    }
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct ServerForm {
    pub name: String,
    pub audience: String,
    pub hidden: Vec<(&'static str, String)>,
    pub faults: Faults,
}

/// In characters.
const MAX_AUDIENCE: usize = 500;

pub fn server_form(frame: Frame, form: ServerForm) -> FormPage {
    let links = frame.links.clone();
    FormPage {
        up: (links.resource_servers(), "Resource servers"),
        of: None,
        title: "Add resource server",
        lede: "",
        action: links.new_resource_server(),
        hidden: form.hidden,
        fields: vec![
            FormField::Line {
                key: "name",
                label: "Name",
                value: form.name,
                max: MAX_NAME,
                hint: "Unique in the realm. Neither the name nor the audience can be changed later.",
                required: true,
            },
            FormField::Line {
                key: "audience",
                label: "Audience",
                value: form.audience,
                max: MAX_AUDIENCE,
                hint: "The address of the service, as tokens for it say: https://factory.example.com",
                required: true,
            },
        ],
        faults: form.faults,
        stale: None,
        submit: "Add resource server",
        foot: "Its client key is shown once, on the next page.",
        back: links.resource_servers(),
        frame,
    }
}

/// Asks how long the key of the old one goes on working.
pub fn server_renewal_form(frame: Frame, id: &str, name: &str, form: ServerForm) -> FormPage {
    let links = frame.links.clone();
    FormPage {
        up: (links.resource_servers(), "Resource servers"),
        of: Some((links.resource_server(id), name.to_owned())),
        title: "Renew resource server",
        lede: "Makes a successor with the same name and audience, and a new client id and key. Tokens for the audience \
               stay valid.",
        action: links.renew_resource_server(id),
        hidden: form.hidden,
        fields: vec![overlap_field(&frame.now, "deleted at once, with its key", None)],
        faults: form.faults,
        stale: None,
        submit: "Renew",
        foot: "The new client key is shown once, on the next page.",
        back: links.resource_server(id),
        frame,
    }
}
