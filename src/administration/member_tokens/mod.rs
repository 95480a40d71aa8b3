//! Personal access tokens and API tokens: create, list, count, show and revoke.

mod list;
pub(super) mod tokens;

pub use list::{MemberTokenTotals, list_member_tokens, member_token_totals, page_of_member_tokens};
pub use tokens::{create_member_token, find_member_token, operator_token, revoke_member_token};
