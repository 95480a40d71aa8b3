//! What a leaked secret can turn out to be.

use crate::words::words;

words! {
    /// The kind of a secret of the realm.
    TracedKind {
        ServiceCredential = "service_credential",
        ApplicationCredential = "application_credential",
        ResourceServer = "resource_server",
        ApiToken = "api_token",
        PersonalAccessToken = "personal_access_token",
        RegistryToken = "registry_token",
        /// Signed, of a client.
        AccessToken = "access_token",
        /// Signed, of an application credential.
        RefreshToken = "refresh_token",
    }
}
