//! Resource servers.

use claviger_contract::Timestamp;
use claviger_domain::{ClientId, Name, ResourceServerId, ServerAudience};

use crate::macros::{answer, body};
use crate::shown_once::ShownOnce;

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
        pub id: ResourceServerId,
        pub client_id: ClientId,
        pub name: Name,
        pub audience: ServerAudience,
        pub created_at: Timestamp,
    }
}

answer! {
    /// The only answer that has the key.
    pub struct CreatedResourceServer {
        .. pub server: ResourceServerView,
        pub client_key: ShownOnce,
    }
}
