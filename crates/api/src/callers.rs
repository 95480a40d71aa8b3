//! Who a request comes from.

use claviger_contract::RealmLabel;

use crate::macros::answer;
use crate::people::member_tokens::MemberTokenView;
use crate::people::members::MemberView;

answer! { "Caller" =>
    /// The member as whom a request acts, and the token that it presents.
    pub struct CallerView {
        /// The realm of the request.
        pub realm: RealmLabel,
        /// The member as whom it acts.
        pub member: MemberView,
        /// The token that it presents.
        pub token: MemberTokenView,
    }
}
