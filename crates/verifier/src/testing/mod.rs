//! An issuer without a server, for the tests of services that use a verifier (feature `testing`).

mod issuer;
mod mint;
mod signer;
mod test_clock;

pub use issuer::Issuer;
pub use mint::Mint;
pub use test_clock::TestClock;
