//! What the wizard has been told so far: it travels in the address, and nothing is stored.

use super::address::Address;

/// As typed, not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub description: String,
    /// Days, or `never`; empty if not chosen yet.
    pub days: String,
    /// Seconds; empty if not chosen yet.
    pub ttl: String,
    pub groups: Vec<String>,
    /// `type/name:action` each.
    pub grants: Vec<String>,
    /// `type/name` of resources that were chosen and have no action yet.
    pub resources: Vec<String>,
}

/// The pages of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Details,
    Expiration,
    Access,
    Summary,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::Details, Self::Expiration, Self::Access, Self::Summary];

    /// The last segment of its address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Details => "details",
            Self::Expiration => "expiration",
            Self::Access => "access",
            Self::Summary => "summary",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Details => "Details",
            Self::Expiration => "Expiration",
            Self::Access => "Access",
            Self::Summary => "Summary",
        }
    }
}

impl Draft {
    /// The names of its parameters, with their values.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let single = [
            ("name", &self.name),
            ("description", &self.description),
            ("days", &self.days),
            ("ttl", &self.ttl),
        ];
        let lists = [("groups", &self.groups), ("grant", &self.grants), ("resource", &self.resources)];
        let single = single.into_iter().filter(|(_, value)| !value.is_empty());
        let lists =
            lists.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        single.chain(lists).map(|(name, value)| (name, value.as_str())).collect()
    }

    /// The fields that a form does not show, which it carries along.
    pub fn fields_without(&self, shown: &[&str]) -> Vec<(&'static str, &str)> {
        self.fields().into_iter().filter(|(name, _)| !shown.contains(name)).collect()
    }

    #[must_use]
    pub fn without_group(&self, group: &str) -> Self {
        let mut rest = self.clone();
        rest.groups.retain(|name| name != group);
        rest
    }

    /// Without what was granted on this resource, `type/name`.
    #[must_use]
    pub fn without_resource(&self, resource: &str) -> Self {
        let mut rest = self.clone();
        rest.resources.retain(|name| name != resource);
        rest.grants.retain(|grant| grant.rsplit_once(':').is_none_or(|(name, _)| name != resource));
        rest
    }

    pub(super) fn append_to(&self, address: Address) -> Address {
        self.fields().into_iter().fold(address, |address, (name, value)| address.with(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Draft {
            name: "nightly & daily".to_owned(),
            days: "90".to_owned(),
            groups: texts(&["Builders", "Readers"]),
            grants: texts(&["fleet/berlin:read", "fleet/berlin:deploy", "fleet/berlin-2:read"]),
            ..Draft::default()
        }
    }

    #[test]
    fn whole_state_travels_in_the_address() {
        let address = draft().append_to(Address::new("/new".to_owned()));
        assert_eq!(
            address.as_str(),
            "/new?name=nightly+%26+daily&days=90&groups=Builders&groups=Readers&grant=fleet%2Fberlin%3Aread\
             &grant=fleet%2Fberlin%3Adeploy&grant=fleet%2Fberlin-2%3Aread"
        );
    }

    #[test]
    fn removal_takes_one_thing_away() {
        let draft = draft();
        assert_eq!(draft.without_group("Builders").groups, ["Readers"]);
        assert_eq!(draft.without_resource("fleet/berlin").grants, ["fleet/berlin-2:read"]);
        assert_eq!(draft.fields_without(&["groups", "grant"]), [("name", "nightly & daily"), ("days", "90")]);
    }
}
