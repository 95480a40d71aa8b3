//! Personal access tokens and API tokens, which have the same bodies.

use claviger_contract::{Scope, Timestamp};
use claviger_domain::{Description, MemberId, MemberTokenId, Status};
use serde_json::Value;

use crate::macros::{answer, body};
use crate::schema::Schema;
use crate::secrets::given_secret::GivenSecret;
use crate::secrets::shown_once::ShownOnce;

body! {
    pub struct NewMemberToken {
        /// Free text for people.
        pub description: Description = Description::default(),
        /// When the token expires.
        pub expires_at: Timestamp,
        /// A part of the member's scopes.
        pub scopes: Vec<Scope>,
    }
}

body! {
    /// What the command line exchanges for a personal access token.
    pub struct ApprovedSignIn {
        /// The code that the console made when the member approved the sign-in. It works once, within a minute. For
        /// example `AQ3mZ7kX…`.
        pub code: GivenSecret,
        /// The secret whose SHA-256 digest was approved (RFC 7636, `S256`). For example
        /// `dBjftJeZ4CVP…`.
        pub verifier: GivenSecret,
    }
}

answer! {
    #[derive(Clone)]
    pub struct MemberTokenView {
        /// The id of the token, which is not secret.
        pub id: MemberTokenId,
        /// The id of its owner.
        pub member: MemberId,
        /// Free text for people.
        pub description: Description,
        /// The scopes that its owner chose. It grants those that the owner holds at the time of use.
        pub scopes: Vec<Scope>,
        /// Whether it can be used now.
        pub status: Status,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it expires.
        pub expires_at: Timestamp,
        /// When it was last used; null if it never was.
        pub last_used_at: Option<Timestamp>,
        /// When it was revoked; null if it was not.
        pub revoked_at: Option<Timestamp>,
    }
}

answer! {
    /// The only answer that has the token.
    pub struct CreatedMemberToken {
        .. pub shown: MemberTokenView,
        /// The token. It is shown only once. For example `clvp_…`.
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
