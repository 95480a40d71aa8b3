//! A line of the audit trail.

use claviger_contract::Timestamp;

use super::mark::Tone;
use crate::links::Address;

#[derive(Clone, Debug)]
pub struct EventLine {
    pub tone: Tone,
    /// A symbol of the sprite.
    pub icon: &'static str,
    pub actor: String,
    /// `edited access`.
    pub words: String,
    /// What it happened to, where the page does not say it; with its address.
    pub target: Option<(String, Option<Address>)>,
    pub at: Timestamp,
    /// `203.0.113.7`, `38 live tokens ended, everyone confirmed in 11 ms`.
    pub more: Vec<String>,
    pub added: Vec<String>,
    pub removed: Vec<String>,
}
