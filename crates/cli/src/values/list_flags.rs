//! Flags that filter, sort and limit a list.

use clap::Args;

/// Of every list.
#[derive(Clone, Debug, Default, Args)]
pub struct ListFlags {
    /// Filter by text in name, description or id, ignoring case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// What to sort by, such as name or created_at; -created_at has the newest first
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    sort: Option<String>,

    /// How many at most; all of them unless said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
}

/// Of lists whose items have a status.
#[derive(Clone, Debug, Default, Args)]
pub struct StatusFlag {
    /// Filter by status, such as active
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
}

pub type ListQuery = Vec<(&'static str, String)>;

impl ListFlags {
    pub fn query(&self) -> ListQuery {
        let named = [("q", &self.search), ("sort", &self.sort)];
        named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    pub fn query_with(&self, status: StatusFlag) -> ListQuery {
        let mut query = self.query();
        query.extend(status.status.map(|status| ("status", status)));
        query
    }
}
