//! The realm: general settings, nodes, and the way to everything about identity and security.

use askama::Template;
use claviger_contract::Timestamp;

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
    pub state: NodeStanding,
    pub position: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeStanding {
    InStep,
    /// Behind the log, and within its lease.
    Behind,
    /// It was last heard of then, and accepts nothing.
    Silent {
        since: Timestamp,
    },
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
        match &node.state {
            NodeStanding::InStep => Mark::new(Tone::Ok, "ok", "In step"),
            NodeStanding::Behind => Mark::new(Tone::Warn, "clock", "Behind"),
            NodeStanding::Silent { .. } => Mark::new(Tone::Bad, "stop", "Silent"),
        }
    }

    /// When a silent node was last heard of.
    fn heard(&self, node: &NodeRow) -> Option<String> {
        match &node.state {
            NodeStanding::Silent { since } => Some(format!("heard {}", ago(since, &self.frame.now))),
            NodeStanding::InStep | NodeStanding::Behind => None,
        }
    }
}

page!(OrganizationPage);
