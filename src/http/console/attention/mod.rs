//! What needs somebody, worst first.

mod credentials;
mod own;
mod realm;
mod sign_ins;
mod vault;

pub use own::own_attention;
pub use realm::realm_attention;
