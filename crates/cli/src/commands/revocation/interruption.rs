//! Signals that ask a command to end: it ends what it has begun first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::failure::{Exit, Failure};

/// Whether this process was asked to end. Once this exists, no such signal ends it at once.
#[derive(Clone, Default)]
pub struct Interruption(Arc<AtomicBool>);

impl Interruption {
    pub fn watch() -> Result<Self, Failure> {
        let interruption = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let heard = flag::register(signal, interruption.0.clone());
            heard.map_err(|error| {
                Failure::new(Exit::Failure, format!("signals cannot be handled here: {error}"))
            })?;
        }
        Ok(interruption)
    }

    pub fn check(&self) -> Result<(), Failure> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Failure::new(Exit::Failure, "the drill was interrupted")),
            false => Ok(()),
        }
    }
}
