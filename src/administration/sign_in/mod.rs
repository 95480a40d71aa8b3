//! How people sign in to the console: sessions, the realm's identity provider, and local accounts beside it.

mod client;
mod local_accounts;
mod local_secrets;
mod local_sign_in;
mod sessions;
mod settings;
mod view;

pub use client::{SignInClient, sign_in_client};
pub use local_accounts::{
    Invited, NewPassword, accept_invitation, find_invited, invite_member, invite_member_at,
};
pub use local_sign_in::{LocalSignIn, sign_in_locally};
pub use sessions::{SESSION_IDLE_SECONDS, SESSION_SECONDS, SignedIn, list_own_sessions, session_last_used};
pub use settings::{check_sign_in, delete_sign_in, find_sign_in, put_sign_in};
