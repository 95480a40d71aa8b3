//! The matrix of resources and their actions.

use askama::Template;

use super::target::AccessTarget;
use crate::frame::Frame;
use crate::page::page;
use crate::text::things;

#[derive(Template)]
#[template(path = "pages/service-credentials/wizard/actions.html", blocks = ["dialog"])]
pub struct ActionMatrixPage {
    pub frame: Frame,
    pub target: AccessTarget,
    pub rows: Vec<MatrixRow>,
    /// Whether the form was sent: a row without a tick is wrong then.
    pub sent: bool,
}

#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// `type/name`.
    pub resource: String,
    pub description: String,
    /// Those that the resource offers and the member holds.
    pub offered: Vec<OfferedAction>,
}

#[derive(Clone, Debug)]
pub struct OfferedAction {
    pub action: String,
    /// What it opens, in two or three words; the action itself if nobody wrote them.
    pub words: String,
    pub ticked: bool,
}

impl MatrixRow {
    fn cell(&self, action: &str) -> Option<&OfferedAction> {
        self.offered.iter().find(|offered| offered.action == action)
    }

    fn is_empty(&self) -> bool {
        !self.offered.iter().any(|offered| offered.ticked)
    }
}

impl ActionMatrixPage {
    fn title(&self) -> &'static str {
        "Choose what it may do"
    }

    fn columns(&self) -> Vec<&str> {
        columns(&self.rows)
    }

    fn count(&self) -> String {
        let count = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        things(&count, "resource", "resources")
    }

    /// The rows that are wrong.
    fn empty(&self) -> Vec<&MatrixRow> {
        self.rows.iter().filter(|row| self.sent && row.is_empty()).collect()
    }
}

page!(ActionMatrixPage, Dialog => as_dialog);

/// Every action of any row: reading first, deleting last, the others in between by name.
fn columns(rows: &[MatrixRow]) -> Vec<&str> {
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
        MatrixRow {
            resource: "fleet/berlin".to_owned(),
            description: String::new(),
            offered: offered.collect(),
        }
    }

    #[test]
    fn columns_begin_with_reading_and_end_with_deleting() {
        let rows = [row(&["delete", "deploy", "read"]), row(&["write", "read", "read-update"])];
        assert_eq!(columns(&rows), ["read", "read-update", "deploy", "write", "delete"]);
    }
}
