//! How people sign in to the console: sessions, and local accounts beside the identity provider.

mod local_accounts;
mod local_secrets;
mod local_sign_in;
mod sessions;

pub use local_accounts::{
    Invited, NewPassword, accept_invitation, find_invited, invite_member, invite_member_at,
};
pub use local_sign_in::{LocalSignIn, sign_in_locally};
pub use sessions::{SESSION_IDLE_SECONDS, SESSION_SECONDS, SignedIn, list_own_sessions, session_last_used};
