//! What ends by itself, and why it does.

use std::str::FromStr;

use crate::records::built_in_scope::AdminScope;
use crate::words::words;

words! {
    /// The kind of an object that ends.
    ExpirationKind {
        ServiceCredential = "service_credential",
        ApiToken = "api_token",
        PersonalAccessToken = "personal_access_token",
        ApplicationCredential = "application_credential",
        SourceCredential = "source_credential",
        ResourceServer = "resource_server",
        SigningKey = "signing_key",
        /// By its certificate.
        RegistryKey = "registry_key",
    }
}

words! {
    /// Why an object ends at that time.
    ExpirationCause {
        /// It was created for this long.
        Validity = "validity",
        /// It was renewed, so that a successor is there when it ends.
        Overlap = "overlap",
        /// It no longer signs, and the last token that it signed expires.
        Retired = "retired",
        /// Its certificate ends.
        Certificate = "certificate",
    }
}

impl ExpirationKind {
    /// What a service credential needs to read objects of this kind; `None`: none may.
    pub fn admin_scope(self) -> Option<AdminScope> {
        AdminScope::to_read(self.as_str())
    }

    /// Why an object of this kind can end.
    pub const fn causes(self) -> &'static [ExpirationCause] {
        match self {
            Self::ServiceCredential | Self::ApplicationCredential => {
                &[ExpirationCause::Validity, ExpirationCause::Overlap]
            }
            Self::ApiToken | Self::PersonalAccessToken | Self::SourceCredential => {
                &[ExpirationCause::Validity]
            }
            Self::ResourceServer => &[ExpirationCause::Overlap],
            Self::SigningKey => &[ExpirationCause::Retired],
            Self::RegistryKey => &[ExpirationCause::Certificate],
        }
    }
}

impl FromStr for ExpirationKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| format!("must be one of {}", Self::NAMES.join(", ")))
    }
}
