//! Finds the id of an object that is referred to by its name.

use claviger_api::Listed;
use claviger_domain::composed;
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::values::identifier::{Identifier, Reference};

/// Members that identify an object to people. A description does only if it has no name.
const NAMES: [&str; 4] = ["name", "email", "slug", "service"];

/// Maximum length of a search of the server, in characters.
const MAX_SEARCH: usize = 256;

impl Client {
    /// The id of the only object of the list `route` that has exactly this name. Ended objects are found only if no other
    /// object has it, because a name is free again after a revocation.
    pub fn find(&self, route: &str, reference: &Reference) -> Result<Identifier, Failure> {
        let name = match reference {
            Reference::Id(id) => return Ok(id.clone()),
            Reference::Name(name) => composed(name),
        };
        let search = name.chars().take(MAX_SEARCH).collect();
        let listed: Listed<Value> = self.list(&[route], None, &vec![("q", search)])?.decode()?;
        let named: Vec<&Value> = listed.items.iter().filter(|item| is_named(item, &name)).collect();
        let live: Vec<&Value> = named.iter().copied().filter(|item| is_live(item)).collect();
        match if live.is_empty() { named } else { live }.as_slice() {
            [one] => id_of(one).ok_or_else(|| Failure::new(Exit::Failure, "the object has no id")),
            [] => {
                let failure = Failure::new(Exit::NotFound, format!("nothing has the id or name \"{name}\""));
                Err(self.with_list_hint(failure))
            }
            several => {
                let lines: String = several.iter().map(|item| format!("\n  {}", line(item))).collect();
                let count = several.len();
                let message = format!("{count} objects have the name \"{name}\": use the id of one{lines}");
                Err(Failure::new(Exit::Conflict, message))
            }
        }
    }
}

fn text<'a>(item: &'a Value, member: &str) -> Option<&'a str> {
    item.get(member).and_then(Value::as_str)
}

fn is_named(item: &Value, name: &str) -> bool {
    let is = |member: &str| match member {
        // The server keeps addresses in lower case.
        "email" => text(item, member).is_some_and(|found| found == name.to_lowercase()),
        _ => text(item, member) == Some(name),
    };
    NAMES.into_iter().any(is) || (item.get("name").is_none() && is("description"))
}

fn is_live(item: &Value) -> bool {
    text(item, "status").is_none_or(|status| status == "active")
}

fn id_of(item: &Value) -> Option<Identifier> {
    text(item, "id")?.parse().ok()
}

fn line(item: &Value) -> String {
    let facts = ["status", "created_at"].into_iter().filter_map(|member| text(item, member));
    text(item, "id").into_iter().chain(facts).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_exact_name_is_one() {
        for (item, name, expected) in [
            (json!({"name": "nightly"}), "nightly", true),
            (json!({"name": "nightly 2"}), "nightly", false),
            (json!({"name": "Nightly"}), "nightly", false),
            (json!({"name": "a", "description": "nightly"}), "nightly", false),
            (json!({"description": "nightly"}), "nightly", true),
            (json!({"email": "ada@example.org", "name": "Ada"}), "Ada@Example.org", true),
            (json!({"email": "ada@example.org", "name": "Ada"}), "Ada", true),
            (json!({"slug": "gitlab", "name": "GitLab"}), "gitlab", true),
            (json!({}), "nightly", false),
        ] {
            assert_eq!(is_named(&item, name), expected, "{item} {name}");
        }
    }
}
