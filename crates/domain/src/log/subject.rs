//! The object that an act restricts. A repeated request uses it to find the position of the first.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::log::change::Key;
use crate::records::application_credential::ApplicationCredentialId;
use crate::records::member::MemberId;
use crate::records::member_token::MemberTokenId;
use crate::records::registry::RegistryTokenId;
use crate::records::resource_server::ResourceServerId;
use crate::records::service_credential::ServiceCredentialId;

/// How long a repeated request finds the first one's position. No earlier access token lives longer; an hour allows for
/// clock differences.
pub const RESTRICTIONS_KEPT_SECONDS: i64 = 25 * 3_600;

/// Retention in the table is longer, so that a wall clock wrong by days deletes nothing that a start still needs.
pub const RESTRICTIONS_STORED_SECONDS: i64 = 10 * 86_400;

/// One object of a realm, which may have been deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Suspended or resumed.
    Realm,
    Settings,
    Member(MemberId),
    MemberToken(MemberTokenId),
    Application(ApplicationCredentialId),
    RegistryToken(RegistryTokenId),
    Credential(ServiceCredentialId),
    /// By its `jti`.
    AccessToken(Arc<str>),
    #[serde(untagged)]
    Object(Key),
}

/// A client that has a successor. It is refused from the end of the overlap on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Replaced {
    Credential(ServiceCredentialId),
    Application(ApplicationCredentialId),
    ResourceServer(ResourceServerId),
}

impl From<Replaced> for Subject {
    fn from(replaced: Replaced) -> Self {
        match replaced {
            Replaced::Credential(id) => Self::Credential(id),
            Replaced::Application(id) => Self::Application(id),
            Replaced::ResourceServer(id) => Key::ResourceServer(id).into(),
        }
    }
}

impl From<Key> for Subject {
    fn from(key: Key) -> Self {
        Self::Object(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    /// Rows of the table keep it.
    #[test]
    fn stored_texts_stay() {
        let read = |text: &str| serde_json::from_str::<Subject>(text).expect(text);
        let group = Subject::from(Key::Group("readers".parse().expect("a name")));
        let id = ServiceCredentialId::from_u128(0);
        for (subject, text) in [
            (Subject::Realm, "\"realm\"".to_owned()),
            (Subject::AccessToken("a".into()), r#"{"access_token":"a"}"#.to_owned()),
            (Subject::Credential(id), format!(r#"{{"credential":"{id}"}}"#)),
            (group, r#"{"group":"readers"}"#.to_owned()),
            (Key::ResourceServer(Id::from_u128(0)).into(), format!(r#"{{"resource_server":"{id}"}}"#)),
            (Key::SigningKey("k".to_owned()).into(), r#"{"signing_key":"k"}"#.to_owned()),
        ] {
            assert_eq!(serde_json::to_string(&subject).expect("JSON"), text);
            assert_eq!(read(&text), subject);
        }
    }
}
