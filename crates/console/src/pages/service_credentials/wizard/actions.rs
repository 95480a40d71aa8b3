//! The matrix of resources and their actions.

use askama::Template;

use super::target::AccessTarget;
use crate::frame::Frame;
use crate::page::page;
use crate::parts::{MatrixRow, columns};
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
