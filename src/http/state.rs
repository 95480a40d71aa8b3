//! State shared by the handlers.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::administration::Administration;
use crate::http::certificate_end::CertificateEnd;
use crate::http::connections::Connections;
use crate::http::path_prefix::PathPrefix;
use crate::http::prometheus::Metrics;
use crate::http::request_ids::RequestIds;
use crate::issuance::Issuer;
use crate::revocation::{Barrier, Feed};
use claviger_domain::Network;

pub struct AppState {
    /// This server's name among the nodes on the same database.
    pub node: String,
    pub issuer: Issuer,
    pub administration: Administration,
    pub barrier: Barrier,
    pub feed: Feed,
    /// The path of `public_url`.
    pub path_prefix: PathPrefix,
    pub trusted_proxies: Vec<Network>,
    pub connections: Arc<Connections>,
    /// Set while this server terminates TLS.
    pub certificate_end: Arc<CertificateEnd>,
    pub request_ids: RequestIds,
    /// `None` if there is no metrics listener.
    pub metrics: Option<Arc<Metrics>>,
    pub started_at: Timestamp,
    /// `None`: audit events are kept forever.
    pub audit_retention_days: Option<u32>,
    /// Whether request spans are exported.
    pub is_traced: bool,
}
