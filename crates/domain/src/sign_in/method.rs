//! How a session began.

use crate::words::words;

words! {
    /// What proved who signed in.
    SignInMethod {
        /// A password of this server, which works while the identity provider does not.
        LocalAccount = "local_account",
        /// The realm's identity provider.
        IdentityProvider = "identity_provider",
    }
}
