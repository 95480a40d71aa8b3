//! A JSON body, read member by member: every invalid or unknown member is reported.

use claviger_contract::RealmLabel;
use serde_json::{Map, Value};

use crate::value::RequestValue;

/// An invalid field: what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub detail: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self { field: field.into(), detail: detail.to_string() }
    }
}

/// All faults of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    pub errors: Vec<FieldError>,
    /// Whether an edit named a member that cannot be edited.
    pub names_immutable: bool,
}

/// A body that can be read.
pub trait Body: Sized {
    /// `None` if a member is missing or invalid, which `members` remembers.
    fn read_members(members: &mut BodyReader) -> Option<Self>;

    /// `realm` completes scopes that are written without it.
    fn read(realm: Option<&RealmLabel>, object: Map<String, Value>) -> Result<Self, Faults> {
        let mut members =
            BodyReader { realm: realm.cloned(), object, errors: Vec::new(), names_immutable: false };
        let read = Self::read_members(&mut members);
        members.finish(read)
    }
}

/// The members of a body that are not read yet, and the faults of those that are.
pub struct BodyReader {
    realm: Option<RealmLabel>,
    object: Map<String, Value>,
    errors: Vec<FieldError>,
    names_immutable: bool,
}

impl BodyReader {
    pub fn required<T: RequestValue>(&mut self, name: &'static str) -> Option<T> {
        if self.object.contains_key(name) {
            self.optional(name)
        } else {
            self.errors.push(FieldError::new(name, "is missing"));
            None
        }
    }

    /// `None` if the member is absent, or invalid and recorded as an error.
    pub fn optional<T: RequestValue>(&mut self, name: &'static str) -> Option<T> {
        let value = self.object.remove(name)?;
        match T::read(&value, self.realm.as_ref()) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.errors.push(FieldError::new(name, detail));
                None
            }
        }
    }

    /// For edits: any other member is immutable or unknown.
    pub fn only_editable(&mut self, names: &[&str]) {
        let others = self.object.keys().filter(|name| !names.contains(&name.as_str()));
        let others: Vec<String> = others.cloned().collect();
        self.names_immutable = !others.is_empty();
        for name in others {
            self.object.remove(&name);
            self.errors.push(FieldError::new(name, "cannot be edited"));
        }
    }

    /// The value, if every member was valid and none is left over.
    fn finish<T>(mut self, value: Option<T>) -> Result<T, Faults> {
        self.errors.extend(self.object.keys().map(|name| FieldError::new(name, "is unknown")));
        match value.filter(|_| self.errors.is_empty()) {
            Some(value) => Ok(value),
            None => Err(Faults { errors: self.errors, names_immutable: self.names_immutable }),
        }
    }
}

#[cfg(test)]
mod tests {
    use claviger_domain::Validity;
    use serde::Serialize;
    use serde_json::json;

    use super::*;
    use crate::{
        GroupEdit, MemberEdit, NewApplicationCredential, NewCredential, NewMember, NewResource, NewScope,
        RealmEdit,
    };

    fn read<T: Body>(body: Value) -> Result<T, Faults> {
        let Value::Object(members) = body else { panic!("{body} must be an object") };
        T::read(Some(&"acme".parse().expect("a label")), members)
    }

    /// The fields at fault, each with the start of its detail, and whether one of them is immutable.
    fn faults<T: Body>(body: Value) -> (Vec<String>, bool) {
        let faults = read::<T>(body).err().expect("a refused body");
        let errors = faults.errors.iter().map(|error| format!("{}: {}", error.field, error.detail));
        (errors.collect(), faults.names_immutable)
    }

    #[test]
    fn every_fault_of_a_body_is_reported_at_once() {
        type Read = fn(Value) -> (Vec<String>, bool);
        let application: Read = faults::<NewApplicationCredential>;
        let cases: [(Read, Value, &[&str]); 15] = [
            (application, json!({}), &["name: is missing", "scopes: is missing"]),
            (
                application,
                json!({"name": 7, "description": null, "scopes": "ci:read", "expires_at": "tomorrow"}),
                &[
                    "name: must be a string",
                    "description: must be a string",
                    "scopes: must be a list of strings",
                    "expires_at: a time in RFC 3339",
                ],
            ),
            (
                application,
                json!({"name": "a ", "scopes": ["ci:read", 1], "color": "red", "Name": "a"}),
                &[
                    "name: a name is 1 to 64",
                    "scopes: must be a string",
                    "Name: is unknown",
                    "color: is unknown",
                ],
            ),
            (application, json!({"name": "a", "scopes": null}), &["scopes: must be a list of strings"]),
            (
                faults::<NewCredential>,
                json!({"name": "a", "validity_days": 29, "token_ttl_seconds": "3600", "resources": [{}]}),
                &[
                    "validity_days: must be a whole number of days from 30 to 365, or null for never",
                    "token_ttl_seconds: must be a whole number",
                    "resources: must be a list of {resource: \"type/name\", actions: [action]}: ",
                ],
            ),
            (
                faults::<NewCredential>,
                json!({"name": "a", "validity_days": 90.0, "token_ttl_seconds": 61, "groups": [""]}),
                &["validity_days: must be", "token_ttl_seconds: must be whole minutes", "groups: a name is"],
            ),
            (
                faults::<NewMember>,
                json!({"email": "nobody", "name": "a", "roles": ["boss"]}),
                &["email: ", "roles: "],
            ),
            (
                faults::<NewResource>,
                json!({"type": "Studio", "name": "a/b", "actions": []}),
                &["type: a resource is type/name", "name: a resource is type/name"],
            ),
            (faults::<NewScope>, json!({"scope": ["ci:read"]}), &["scope: must be a string"]),
            (
                faults::<RealmEdit>,
                json!({
                    "service_credentials": null,
                    "require_resource": "true",
                    "default_alg": "HS256",
                    "registry_services": ["a", ""],
                    "registry_token_ttl_seconds": 59,
                }),
                &[
                    "service_credentials: must be true or false",
                    "require_resource: must be true or false",
                    "default_alg: \"HS256\" is not an algorithm",
                    "registry_services: ",
                    "registry_token_ttl_seconds: must be a whole number of seconds from 60 to 300",
                ],
            ),
            (
                faults::<RealmEdit>,
                json!({"registry_token_ttl_seconds": 60.5}),
                &["registry_token_ttl_seconds: must be a whole number"],
            ),
            (faults::<GroupEdit>, json!({"description": null}), &["description: must be a string"]),
            (faults::<GroupEdit>, json!({"name": "b"}), &["name: cannot be edited"]),
            (
                faults::<GroupEdit>,
                json!({"name": "b", "scopes": 1, "color": "red"}),
                &["color: cannot be edited", "name: cannot be edited", "scopes: must be a list of strings"],
            ),
            (faults::<MemberEdit>, json!({"email": "b@acme.example"}), &["email: cannot be edited"]),
        ];
        for (read, body, expected) in cases {
            let (errors, names_immutable) = read(body.clone());
            let fit = |(error, expected): (&String, &&str)| error.starts_with(*expected);
            assert_eq!(errors.len(), expected.len(), "{body}: {errors:?}");
            assert!(errors.iter().zip(expected).all(fit), "{body}: {errors:?}");
            assert_eq!(
                names_immutable,
                errors.iter().any(|error| error.ends_with("cannot be edited")),
                "{body}"
            );
        }
    }

    #[test]
    fn absent_members_have_their_defaults() {
        let new: NewApplicationCredential = read(json!({"name": "a", "scopes": []})).expect("a body");
        assert_eq!((new.description.as_str(), new.expires_at), ("", None));
        assert_eq!(read(json!({"name": "a", "scopes": [], "expires_at": null})), Ok(new));
        assert_eq!(read(json!({})), Ok(GroupEdit::default()));
    }

    #[test]
    fn scope_is_read_with_or_without_the_realm() {
        let bare: NewScope = read(json!({"scope": "ci:read"})).expect("a scope");
        assert_eq!(read(json!({"scope": "acme:ci:read"})), Ok(bare));
    }

    #[test]
    fn serialized_request_reads_back_the_same() {
        fn assert_reads_back<T: Body + Serialize + PartialEq + std::fmt::Debug>(body: &T) {
            let json = serde_json::to_value(body).expect("a body serializes");
            assert_eq!(read::<T>(json).as_ref(), Ok(body));
        }
        assert_reads_back(&NewCredential {
            name: "nightly".parse().expect("a name"),
            description: "Builds at night".parse().expect("a description"),
            validity_days: Validity::Never,
            token_ttl_seconds: claviger_domain::TokenLifetime::seconds(3_600).expect("a lifetime"),
            groups: vec!["builders".parse().expect("a name")],
            resources: Vec::new(),
            admin_scopes: vec![claviger_domain::AdminScope::GroupsRead],
        });
        assert_reads_back(
            &read::<NewResource>(json!({"type": "a", "name": "B", "actions": ["c"]})).expect("a body"),
        );
        assert_reads_back(&read::<GroupEdit>(json!({"scopes": ["ci:read"]})).expect("a body"));
    }
}
