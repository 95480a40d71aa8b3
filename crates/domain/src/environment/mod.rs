//! Inputs from the environment: time, randomness, addresses.

pub(crate) mod clock;
pub(crate) mod clock_drift;
pub(crate) mod database_url;
pub(crate) mod network;
pub(crate) mod randomness;
#[cfg(feature = "testing")]
pub(crate) mod stopped_clock;
pub(crate) mod trusted_clock;
