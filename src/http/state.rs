//! What handlers work with.

use std::sync::Arc;

use claviger_contract::Timestamp;

use super::prometheus::Metrics;
use super::request_ids::RequestIds;
use crate::administration::Administration;
use crate::domain::Network;
use crate::issuance::Issuer;
use crate::revocation::Barrier;

pub struct AppState {
    /// This server's name among those that answer from its database.
    pub node: String,
    pub issuer: Issuer,
    pub administration: Administration,
    pub barrier: Barrier,
    pub trusted_proxies: Vec<Network>,
    pub request_ids: RequestIds,
    /// `None` where nobody listens for them.
    pub metrics: Option<Arc<Metrics>>,
    pub started_at: Timestamp,
    /// Whether somebody collects a span for every request.
    pub is_traced: bool,
}
