//! Personal access tokens and API tokens, which have the same bodies.

use claviger_contract::{Scope, Timestamp};
use claviger_domain::{Description, MemberId, MemberTokenId, Status};
use serde_json::Value;

use crate::macros::{answer, body};
use crate::schema::Schema;
use crate::shown_once::ShownOnce;

body! {
    pub struct NewMemberToken {
        pub description: Description = Description::default(),
        pub expires_at: Timestamp,
        /// A part of the member's scopes.
        pub scopes: Vec<Scope>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct MemberTokenView {
        pub id: MemberTokenId,
        pub member: MemberId,
        pub description: Description,
        pub scopes: Vec<Scope>,
        pub status: Status,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
        pub last_used_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
    }
}

answer! {
    /// The only answer that has the token.
    pub struct CreatedMemberToken {
        .. pub shown: MemberTokenView,
        pub token: ShownOnce,
    }
}

/// The schema of a [`MemberTokenView`] of this kind.
pub struct PersonalAccessToken;

/// The schema of a [`MemberTokenView`] of this kind.
pub struct ApiToken;

impl Schema for PersonalAccessToken {
    const NAME: Option<&'static str> = Some("PersonalAccessToken");

    fn schema() -> Value {
        MemberTokenView::schema()
    }
}

impl Schema for ApiToken {
    const NAME: Option<&'static str> = Some("ApiToken");

    fn schema() -> Value {
        MemberTokenView::schema()
    }
}
