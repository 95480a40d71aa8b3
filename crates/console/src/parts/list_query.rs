//! The state of a list, which its address holds: tab, search, filters, order, place.

use super::pager::{Column, Sorted};
use crate::links::Address;

/// Parameters that are empty are those of the plain list.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Without a query.
    pub list: Address,
    /// `status`, `q`, filters, `sort`, `cursor`: what the handler has understood.
    pub fields: Vec<(&'static str, String)>,
}

impl ListQuery {
    pub fn value(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map_or("", |(_, value)| value)
    }

    /// With another value of one parameter, from the first page of the list on.
    #[must_use]
    pub fn replaced(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.fields.retain(|(field, _)| *field != name && *field != "cursor");
        other.fields.push((name, value.to_owned()));
        other
    }

    /// Another page of the same list.
    #[must_use]
    pub fn at(&self, cursor: &str) -> Address {
        self.replaced("cursor", cursor).address()
    }

    pub fn address(&self) -> Address {
        self.fields.iter().fold(self.list.clone(), |address, (name, value)| address.with(name, value))
    }

    /// The fields that the search form does not show.
    pub fn hidden(&self, shown: &[&str]) -> Vec<(&'static str, &str)> {
        let kept = self.fields.iter().filter(|(name, value)| {
            !shown.contains(name) && *name != "cursor" && *name != "q" && !value.is_empty()
        });
        kept.map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// The heading of the column that `sort=key` sorts by; `sort=-key` is descending.
    pub fn column(&self, key: &str) -> Column {
        let (sorted, next) = match self.value("sort").strip_prefix('-') {
            Some(sort) if sort == key => (Sorted::Descending, key.to_owned()),
            None if self.value("sort") == key => (Sorted::Ascending, format!("-{key}")),
            _ => (Sorted::Not, key.to_owned()),
        };
        Column { address: self.replaced("sort", &next).address(), sorted }
    }

    /// Without search and filters.
    pub fn cleared(&self) -> Address {
        let kept = ["status", "sort"].map(|name| (name, self.value(name).to_owned()));
        Self { list: self.list.clone(), fields: kept.to_vec() }.address()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links::Site;

    fn query(sort: &str) -> ListQuery {
        let fields =
            [("status", "live"), ("q", "a b"), ("group", "Builders"), ("sort", sort), ("cursor", "7")];
        ListQuery {
            list: Site::default().realm("acme").groups(),
            fields: fields.map(|(name, value)| (name, value.to_owned())).to_vec(),
        }
    }

    #[test]
    fn another_order_begins_at_the_first_page() {
        for (sort, sorted, next) in [
            ("name", Sorted::Ascending, "-name"),
            ("-name", Sorted::Descending, "name"),
            ("-last_used_at", Sorted::Not, "name"),
        ] {
            let column = query(sort).column("name");
            assert_eq!(column.sorted, sorted);
            let wanted = format!("/console/acme/groups?status=live&q=a+b&group=Builders&sort={next}");
            assert_eq!(column.address.as_str(), wanted);
        }
    }

    #[test]
    fn form_carries_what_it_does_not_show() {
        let query = query("-name");
        assert_eq!(query.hidden(&["group"]), [("status", "live"), ("sort", "-name")]);
        assert_eq!(query.cleared().as_str(), "/console/acme/groups?status=live&sort=-name");
        assert!(query.at("8").as_str().ends_with("&sort=-name&cursor=8"));
    }
}
