//! Resource servers.

use claviger_contract::Timestamp;
use claviger_domain::{ClientId, Name, Receipt, ResourceServerId, ServerAudience, Tier};

use crate::macros::{answer, body};
use crate::secrets::shown_once::ShownOnce;

body! {
    pub struct NewResourceServer {
        /// A name that no resource server of the realm has.
        pub name: Name,
        /// What `aud` says in tokens that are for it alone: an absolute URI.
        pub audience: ServerAudience,
    }
}

answer! { "ResourceServer" =>
    #[derive(Clone)]
    pub struct ResourceServerView {
        /// The id of the resource server.
        pub id: ResourceServerId,
        /// The client id at introspection. The same as `id`.
        pub client_id: ClientId,
        /// The name to show.
        pub name: Name,
        /// `aud` of tokens that are for it alone (RFC 8707).
        pub audience: ServerAudience,
        /// When it was created.
        pub created_at: Timestamp,
        /// The resource server that it replaces; null if it replaces none.
        pub replaces: Option<ResourceServerId>,
        /// When its successor replaces it: from this second on its key is refused. Null if it has no successor.
        pub overlap_ends_at: Option<Timestamp>,
    }
}

answer! { "ObservedResourceServer" =>
    /// With how its audience learns of revocations. A server and the one that replaces it have one audience, and say the
    /// same. The entity tag does not cover it.
    #[derive(Clone)]
    pub struct ObservedResourceServer {
        .. pub server: ResourceServerView,
        /// How soon its audience refuses a revoked token. Observed, not configured.
        pub tier: Tier,
        /// When the audience last introspected, or asked for revocations; null if it was not seen.
        pub last_heard_at: Option<Timestamp>,
        /// How many processes of it follow revocations now. Each revocation waits for them.
        pub instances: u64,
    }
}

answer! {
    /// The only answer that has the key.
    pub struct CreatedResourceServer {
        .. pub server: ResourceServerView,
        /// The client key (RFC 6749: client secret). It is shown only once. For example `clvk_…`.
        pub client_key: ShownOnce,
    }
}

answer! {
    /// With the receipt of the resource server that it ended immediately, or null.
    pub struct RenewedResourceServer {
        .. pub created: CreatedResourceServer,
        /// The receipt, if the predecessor ended at once; else null.
        pub receipt: Option<Receipt>,
    }
}
