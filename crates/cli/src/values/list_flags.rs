//! Flags that filter, sort and limit a list.

use clap::Args;

use crate::environment;
use crate::values::span::Span;

/// Of every list.
#[derive(Clone, Debug, Default, Args)]
pub struct ListFlags {
    /// Filter by text in name, description or id, ignoring case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// What to sort by, such as name, created_at, expires_at or last_used_at; -created_at has the newest first
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

/// Of lists whose items expire.
#[derive(Clone, Debug, Default, Args)]
pub struct EndingFlags {
    #[command(flatten)]
    status: StatusFlag,

    /// Only active ones that expire within this time, such as 14d or 12h
    #[arg(long, value_name = "TIME", conflicts_with = "status")]
    expires_within: Option<Span>,
}

pub type ListQuery = Vec<(&'static str, String)>;

/// Selects what ends within this time.
pub fn expiring(within: Span) -> (&'static str, String) {
    ("expires_before", environment::now().plus_seconds(within.as_seconds()).to_string())
}

impl ListFlags {
    pub fn query(&self) -> ListQuery {
        let named = [("q", &self.search), ("sort", &self.sort)];
        named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }

    pub fn query_ending(&self, EndingFlags { status, expires_within }: EndingFlags) -> ListQuery {
        let mut query = self.query_with(status);
        if let Some(within) = expires_within {
            query.extend([("status", "active".to_owned()), expiring(within)]);
        }
        query
    }

    pub fn query_with(&self, status: StatusFlag) -> ListQuery {
        let mut query = self.query();
        query.extend(status.status.map(|status| ("status", status)));
        query
    }
}
