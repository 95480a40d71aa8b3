//! A matrix of actions: a row for each resource or kind, a column for each action.

#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// A resource, `type/name`, or a kind of scopes.
    pub of: String,
    pub description: String,
    /// Those that exist and the member holds.
    pub offered: Vec<OfferedAction>,
}

#[derive(Clone, Debug)]
pub struct OfferedAction {
    pub action: String,
    /// What it opens, in two or three words; the action itself if nobody wrote them.
    pub words: String,
    pub ticked: bool,
}

/// A scope of one word.
#[derive(Clone, Debug)]
pub struct ScopeWord {
    pub scope: String,
    pub description: String,
    pub ticked: bool,
}

impl MatrixRow {
    pub(crate) fn cell(&self, action: &str) -> Option<&OfferedAction> {
        self.offered.iter().find(|offered| offered.action == action)
    }

    pub(crate) fn actions(&self) -> Vec<&str> {
        self.offered.iter().map(|offered| offered.action.as_str()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.offered.iter().any(|offered| offered.ticked)
    }
}

/// Every action of any row: reading first, deleting last, the others in between by name.
pub(crate) fn columns(rows: &[MatrixRow]) -> Vec<&str> {
    let mut actions: Vec<&str> =
        rows.iter().flat_map(|row| &row.offered).map(|offered| offered.action.as_str()).collect();
    actions.sort_unstable_by_key(|action| {
        let order = match *action {
            "read" => 0,
            "read-update" => 1,
            "delete" => 3,
            _ => 2,
        };
        (order, *action)
    });
    actions.dedup();
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(actions: &[&str]) -> MatrixRow {
        let offered = actions.iter().map(|action| OfferedAction {
            action: (*action).to_owned(),
            words: String::new(),
            ticked: false,
        });
        MatrixRow { of: "fleet/berlin".to_owned(), description: String::new(), offered: offered.collect() }
    }

    #[test]
    fn columns_begin_with_reading_and_end_with_deleting() {
        let rows = [row(&["delete", "deploy", "read"]), row(&["write", "read", "read-update"])];
        assert_eq!(columns(&rows), ["read", "read-update", "deploy", "write", "delete"]);
    }
}
