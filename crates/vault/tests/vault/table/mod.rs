//! What each provider answers, written from its documentation and not from the catalog.

mod boards;
mod builds;
mod code;
mod operations;

use boards::boards;
pub use boards::{asana, azure_boards, azure_pipelines, azure_repos, bamboohr, jira_cloud, jira_server};
use builds::builds;
pub use builds::{aws_refusal, codedeploy, docker_registry, jenkins, octopus, registry_grant};
use code::code;
pub use code::{bitbucket, fine_grained, github, github_app, github_enterprise, gitlab};
use operations::operations;
pub use operations::{datadog, okta_app, opsgenie, pagerduty, phabricator, sentry, servicenow, sonarqube};

use crate::provider::Provider;

/// One good credential of each source type.
pub fn all() -> Vec<Provider> {
    [boards(), builds(), code(), operations()].concat()
}
