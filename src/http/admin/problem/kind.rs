//! Problem types of the administration API (RFC 9457 §3.1.1).

use actix_web::http::StatusCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemType {
    AlreadyMade,
    Conflict,
    CredentialRefused,
    Forbidden,
    HeadersTooLarge,
    ImmutableField,
    Invalid,
    InvalidToken,
    LimitReached,
    Malformed,
    MalformedAuthorization,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    NotVerified,
    PreconditionFailed,
    TooLarge,
    TooManyFailures,
    TooSlow,
    Unavailable,
    UnsupportedMediaType,
}

impl ProblemType {
    /// The part after `/problems/` in the member `type`.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::AlreadyMade => "already-made",
            Self::Conflict => "conflict",
            Self::CredentialRefused => "credential-refused",
            Self::Forbidden => "forbidden",
            Self::HeadersTooLarge => "headers-too-large",
            Self::ImmutableField => "immutable-field",
            Self::Invalid => "invalid",
            Self::InvalidToken => "invalid-token",
            Self::LimitReached => "limit-reached",
            Self::Malformed => "malformed",
            Self::MalformedAuthorization => "malformed-authorization",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NotFound => "not-found",
            Self::NotSignedIn => "not-signed-in",
            Self::NotVerified => "not-verified",
            Self::PreconditionFailed => "precondition-failed",
            Self::TooLarge => "too-large",
            Self::TooManyFailures => "too-many-failures",
            Self::TooSlow => "too-slow",
            Self::Unavailable => "unavailable",
            Self::UnsupportedMediaType => "unsupported-media-type",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::AlreadyMade => "Already made",
            Self::Conflict => "Conflict",
            Self::CredentialRefused => "Credential refused by its provider",
            Self::Forbidden => "Forbidden",
            Self::HeadersTooLarge => "Headers too large",
            Self::ImmutableField => "Immutable field",
            Self::Invalid => "Invalid",
            Self::InvalidToken => "Invalid token",
            Self::LimitReached => "Limit reached",
            Self::Malformed => "Malformed request",
            Self::MalformedAuthorization => "Malformed authorization",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NotFound => "Not found",
            Self::NotSignedIn => "Not signed in",
            Self::NotVerified => "Credential could not be verified",
            Self::PreconditionFailed => "Precondition failed",
            Self::TooLarge => "Too large",
            Self::TooManyFailures => "Too many failures",
            Self::TooSlow => "Too slow",
            Self::Unavailable => "Unavailable",
            Self::UnsupportedMediaType => "Unsupported media type",
        }
    }

    pub const fn status(self) -> StatusCode {
        match self {
            Self::AlreadyMade | Self::Conflict => StatusCode::CONFLICT,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::CredentialRefused
            | Self::ImmutableField
            | Self::Invalid
            | Self::LimitReached
            | Self::NotVerified => StatusCode::UNPROCESSABLE_ENTITY,
            Self::InvalidToken | Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::Malformed | Self::MalformedAuthorization => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyFailures => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ProblemType; 21] = [
        ProblemType::AlreadyMade,
        ProblemType::Conflict,
        ProblemType::Forbidden,
        ProblemType::ImmutableField,
        ProblemType::Invalid,
        ProblemType::InvalidToken,
        ProblemType::LimitReached,
        ProblemType::Malformed,
        ProblemType::MalformedAuthorization,
        ProblemType::MethodNotAllowed,
        ProblemType::NotFound,
        ProblemType::NotSignedIn,
        ProblemType::PreconditionFailed,
        ProblemType::TooLarge,
        ProblemType::TooManyFailures,
        ProblemType::TooSlow,
        ProblemType::Unavailable,
        ProblemType::UnsupportedMediaType,
        ProblemType::HeadersTooLarge,
        ProblemType::CredentialRefused,
        ProblemType::NotVerified,
    ];

    /// Compilation fails here if a type is missing in `ALL`.
    const fn number(problem: ProblemType) -> usize {
        match problem {
            ProblemType::AlreadyMade => 0,
            ProblemType::Conflict => 1,
            ProblemType::Forbidden => 2,
            ProblemType::ImmutableField => 3,
            ProblemType::Invalid => 4,
            ProblemType::InvalidToken => 5,
            ProblemType::LimitReached => 6,
            ProblemType::Malformed => 7,
            ProblemType::MalformedAuthorization => 8,
            ProblemType::MethodNotAllowed => 9,
            ProblemType::NotFound => 10,
            ProblemType::NotSignedIn => 11,
            ProblemType::PreconditionFailed => 12,
            ProblemType::TooLarge => 13,
            ProblemType::TooManyFailures => 14,
            ProblemType::TooSlow => 15,
            ProblemType::Unavailable => 16,
            ProblemType::UnsupportedMediaType => 17,
            ProblemType::HeadersTooLarge => 18,
            ProblemType::CredentialRefused => 19,
            ProblemType::NotVerified => 20,
        }
    }

    #[test]
    fn guide_has_a_row_for_each_type_with_its_status() {
        let guide = include_str!("../../../../docs/guides/errors.md");
        for (place, problem) in ALL.into_iter().enumerate() {
            assert_eq!(number(problem), place);
            let row = format!("| `{}` | {} |", problem.slug(), problem.status().as_u16());
            assert!(guide.contains(&row), "docs/guides/errors.md has no row that begins with {row}");
        }
    }
}
