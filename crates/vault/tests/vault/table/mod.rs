//! What each provider answers, written from its documentation and not from the catalogue.

mod boards;
mod code;
mod operations;

pub use boards::{azure_boards, azure_pipelines, azure_repos, boards, jira_cloud};
pub use code::{bitbucket, code, docker_registry, fine_grained, github, gitlab, octets};
pub use operations::{
    codedeploy, datadog, okta, okta_app, operations, phabricator, sentry, servicenow, sonarqube,
};

use crate::provider::Provider;

/// One good credential of each source type.
pub fn all() -> Vec<Provider> {
    [boards(), code(), operations()].concat()
}
