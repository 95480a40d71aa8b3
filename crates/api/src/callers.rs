//! Who a request comes from.

use claviger_contract::RealmLabel;

use crate::macros::answer;
use crate::member_tokens::MemberTokenView;
use crate::members::MemberView;

answer! { "Caller" =>
    /// The member as whom a request acts, and the token that it presents.
    pub struct CallerView {
        pub realm: RealmLabel,
        pub member: MemberView,
        pub token: MemberTokenView,
    }
}
