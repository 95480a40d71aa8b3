//! How people sign in to the console: sessions, the realm's identity provider, and local accounts beside it.

mod account;
mod appointing;
mod client;
mod command_line;
mod identities;
pub(super) mod identity_view;
mod kept_text;
mod local_accounts;
mod local_secrets;
mod local_sign_in;
mod new_second_factor;
mod password_proof;
mod provider_sign_in;
mod second_factor;
mod sessions;
mod settings;
mod told_sign_ins;
mod view;

pub use client::{SignInClient, sign_in_client};
pub use command_line::{
    COMMAND_LINE_CODE_SECONDS, COMMAND_LINE_TOKEN_DAYS, CodeChallenge, CommandLineSignIn, PresentedApproval,
    approve_command_line, exchange_approval,
};
pub use identities::{link_identity, remove_identity};
pub use local_accounts::{
    Invited, NewPassword, PasswordSet, accept_invitation, find_invited, invite_member, invite_member_at,
};
pub use local_sign_in::{
    LocalOutcome, LocalSignIn, SecondFactor, SigningBrowser, finish_local_sign_in, sign_in_locally,
};
pub use new_second_factor::{NewSecondFactor, SetUpBy};
pub use password_proof::PasswordProof;
pub use provider_sign_in::{AtProvider, ProviderSignIn, sign_in_at_provider, would_sign_in};
pub use second_factor::{
    renew_recovery_codes, reset_second_factor, reset_second_factor_at, set_second_factor,
};
pub use sessions::{SESSION_IDLE_SECONDS, SESSION_SECONDS, SignedIn, list_own_sessions, session_last_used};
pub use settings::{check_sign_in, delete_sign_in, find_sign_in, put_sign_in};
pub use told_sign_ins::{ToldSignIn, acknowledge_sign_in, list_told_sign_ins};
pub use view::redirect_uri;
