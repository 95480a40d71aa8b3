//! What each provider answers, written from its documentation and not from the catalog.

mod boards;
mod code;
mod operations;

use boards::boards;
pub use boards::{asana, azure_boards, azure_pipelines, azure_repos, bamboohr, jira_cloud};
use code::code;
pub use code::{
    bitbucket, docker_registry, fine_grained, github, github_app, github_enterprise, gitlab, jenkins,
};
use operations::operations;
pub use operations::{
    aws_refusal, codedeploy, datadog, octopus, okta_app, opsgenie, pagerduty, phabricator, sentry,
    servicenow, sonarqube,
};

use crate::provider::Provider;

/// One good credential of each source type.
pub fn all() -> Vec<Provider> {
    [boards(), code(), operations()].concat()
}
