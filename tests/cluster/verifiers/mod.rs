//! Verifiers of resource servers as processes, which follow the feed through a load balancer, under faults of their own.

mod balancer;
mod faults;
mod injector;
mod processes;
mod report;
mod unheard;

pub use balancer::Balancer;
pub use faults::VERIFIER_FAULTS;
pub use processes::{Follower, Verifiers, verdicts_program};
