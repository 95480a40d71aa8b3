//! What a page has that stands alone: signing in, and what cannot be shown otherwise.

use super::theme::Theme;
use crate::links::Site;

#[derive(Clone, Debug, Default)]
pub struct Alone {
    pub site: Site,
    pub theme: Theme,
    /// Ends the title: the realm's display name, or the server's host.
    pub place: String,
    pub version: String,
    /// Empty on pages without a form that posts.
    pub csrf: String,
}

impl Alone {
    pub const fn site(&self) -> &Site {
        &self.site
    }
}
