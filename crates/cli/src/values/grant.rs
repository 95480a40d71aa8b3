//! Actions on one resource as typed: `studio/studio-1:view,edit`.

use std::str::FromStr;

use claviger_domain::ResourceGrant;
use serde::Serialize;

/// In the API's form. The server checks whether the resource exists and offers the actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    pub resource: String,
    pub actions: Vec<String>,
}

impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed =
            || format!("\"{text}\" is not TYPE/NAME:ACTION[,ACTION…], such as studio/studio-1:view,edit");
        let (resource, actions) = text.split_once(':').ok_or_else(malformed)?;
        let (kind, name) = resource.split_once('/').ok_or_else(malformed)?;
        let actions: Vec<String> = actions.split(',').map(str::to_owned).collect();
        if kind.is_empty() || name.is_empty() || actions.iter().any(String::is_empty) {
            return Err(malformed());
        }
        Ok(Self { resource: resource.to_owned(), actions })
    }
}

/// A grant of an answer, in the form in which it is typed.
pub fn as_typed(grant: &ResourceGrant) -> String {
    format!("{}:{}", grant.resource, grant.actions.join(","))
}

/// For arguments that name a resource without actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourcePath {
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
}

impl FromStr for ResourcePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => {
                Ok(Self { kind: kind.to_owned(), name: name.to_owned() })
            }
            _ => Err(format!("\"{text}\" is not TYPE/NAME, such as studio/studio-1")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_name_a_resource_and_its_actions() {
        let grant: Grant = "studio/studio-1:view,edit".parse().expect("a grant");
        assert_eq!(
            grant,
            Grant { resource: "studio/studio-1".into(), actions: vec!["view".into(), "edit".into()] }
        );
        let answered = serde_json::to_value(&grant).and_then(serde_json::from_value).expect("a grant");
        assert_eq!(as_typed(&answered), "studio/studio-1:view,edit");
        for text in
            ["", "studio", "studio/x", "studio:view", "/x:view", "studio/:view", "studio/x:", "studio/x:a,,b"]
        {
            assert!(text.parse::<Grant>().is_err(), "{text}");
        }
    }

    #[test]
    fn resources_have_a_type_and_a_name() {
        let path: ResourcePath = "studio/studio-1".parse().expect("a resource");
        assert_eq!((path.kind.as_str(), path.name.as_str()), ("studio", "studio-1"));
        for text in ["", "studio", "/x", "studio/"] {
            assert!(text.parse::<ResourcePath>().is_err(), "{text}");
        }
    }
}
