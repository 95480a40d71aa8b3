//! What handlers work with.

use crate::administration::Administration;
use crate::domain::Network;
use crate::issuance::Issuer;
use crate::revocation::Barrier;

pub struct AppState {
    pub issuer: Issuer,
    pub administration: Administration,
    pub barrier: Barrier,
    pub trusted_proxies: Vec<Network>,
}
