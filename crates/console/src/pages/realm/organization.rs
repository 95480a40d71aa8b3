//! The realm: general settings, nodes, and the way to everything about identity and security.

use askama::Template;
use claviger_contract::Timestamp;
use claviger_domain::NodeStatus;

use crate::frame::Frame;
use crate::page::page;
use crate::parts::{Mark, Tone};
use crate::text::{ago, capped, things};

#[derive(Template)]
#[template(path = "pages/realm/organization.html")]
pub struct OrganizationPage {
    pub frame: Frame,
    pub issuer: String,
    pub service_credentials_allowed: bool,
    pub resource_required: bool,
    pub default_algorithm: String,
    pub registry_services: Vec<String>,
    /// `None`: forever.
    pub audit_kept_days: Option<u64>,
    pub nodes: Vec<NodeRow>,
    pub live_credentials: u64,
    pub active_members: u64,
    /// `Acme SSO, and 1 local account for emergencies.`
    pub sign_in: String,
}

#[derive(Clone, Debug)]
pub struct NodeRow {
    pub name: String,
    pub status: NodeStatus,
    pub position: u64,
    /// `None` if its program is too old to tell.
    pub version: Option<String>,
    pub last_seen_at: Timestamp,
    /// Whether it made this page.
    pub answers: bool,
}

impl OrganizationPage {
    fn title(&self) -> &'static str {
        "Organization"
    }

    fn audit_kept(&self) -> String {
        match &self.audit_kept_days {
            Some(days) => format!("for {}", things(days, "day", "days")),
            None => "forever".to_owned(),
        }
    }

    fn live(&self) -> String {
        format!("For pipelines and services. {} are live.", capped(&self.live_credentials))
    }

    fn active(&self) -> String {
        format!("{} active.", capped(&self.active_members))
    }

    fn mark(node: &NodeRow) -> Mark {
        match &node.status {
            NodeStatus::InStep => Mark::new(Tone::Ok, "ok", "In step"),
            NodeStatus::Behind => Mark::new(Tone::Warn, "clock", "Behind"),
            NodeStatus::Silent => Mark::new(Tone::Bad, "stop", "Silent"),
        }
    }

    /// `lease holds, seen just now`.
    fn seen(&self, node: &NodeRow) -> String {
        let lease = if node.status == NodeStatus::Silent { "lease over" } else { "lease holds" };
        format!("{lease}, seen {}", ago(&node.last_seen_at, &self.frame.now))
    }

    /// `0.1.0, answers you`.
    fn program(node: &NodeRow) -> String {
        let version = node.version.as_deref().unwrap_or("version unknown");
        if node.answers { format!("{version}, answers you") } else { version.to_owned() }
    }
}

page!(OrganizationPage);
