//! How a client gets a token, in several languages. All but curl read the key from the environment.

use askama::Template;

use crate::frame::Frame;
use crate::page::page;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageExample {
    pub title: &'static str,
    pub text: String,
}

/// The examples of a credential whose key nobody can show any more.
#[derive(Template)]
#[template(path = "pages/service-credentials/examples.html")]
pub struct CredentialExamplesPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub token_endpoint: String,
    pub server_url: String,
    pub registry: Option<String>,
}

impl CredentialExamplesPage {
    fn title(&self) -> &'static str {
        "Usage examples"
    }

    fn examples(&self) -> Vec<UsageExample> {
        let realm = &self.frame.links.realm;
        let curl = format!(
            " curl -sS {} \\\n   -u \"{}:$CLAVIGER_CLIENT_KEY\" \\\n   -d grant_type=client_credentials",
            self.token_endpoint, self.id
        );
        let mut examples = vec![UsageExample { title: "curl", text: curl }];
        examples.extend(usage_examples(
            &self.server_url,
            realm,
            &self.id,
            &self.token_endpoint,
            self.registry.as_deref(),
        ));
        examples
    }
}

page!(CredentialExamplesPage);

/// All but curl. Every value is one that the server made or checked: none needs quoting.
pub(super) fn usage_examples(
    server: &str,
    realm: &str,
    client_id: &str,
    endpoint: &str,
    registry: Option<&str>,
) -> Vec<UsageExample> {
    let example = |title, text: String| UsageExample { title, text };
    let mut examples = vec![
        example(
            "Python",
            format!(
                r#"import os
from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(os.environ["CLAVIGER_CLIENT_ID"], os.environ["CLAVIGER_CLIENT_KEY"])
token = session.fetch_token("{endpoint}", grant_type="client_credentials")"#
            ),
        ),
        example(
            "Node.js",
            format!(
                r#"import * as client from "openid-client";

const server = await client.discovery(new URL("{server}/realms/{realm}"),
  process.env.CLAVIGER_CLIENT_ID, process.env.CLAVIGER_CLIENT_KEY);
const token = await client.clientCredentialsGrant(server);"#
            ),
        ),
        example(
            "Go",
            format!(
                "config := clientcredentials.Config{{
	ClientID:     os.Getenv(\"CLAVIGER_CLIENT_ID\"),
	ClientSecret: os.Getenv(\"CLAVIGER_CLIENT_KEY\"),
	TokenURL:     \"{endpoint}\",
}}
client := config.Client(ctx)"
            ),
        ),
        example(
            "Rust",
            format!(
                r#"let client = BasicClient::new(ClientId::new(env::var("CLAVIGER_CLIENT_ID")?))
    .set_client_secret(ClientSecret::new(env::var("CLAVIGER_CLIENT_KEY")?))
    .set_token_uri(TokenUrl::new("{endpoint}".into())?);
let token = client.exchange_client_credentials().request_async(&http).await?;"#
            ),
        ),
        example(
            "GitHub Actions",
            format!(
                r#"- run: |
    claviger token get --format env >> "$GITHUB_ENV"
  env:
    CLAVIGER_URL: {server}
    CLAVIGER_REALM: {realm}
    CLAVIGER_CLIENT_ID: ${{{{ vars.CLAVIGER_CLIENT_ID }}}}
    CLAVIGER_CLIENT_KEY: ${{{{ secrets.CLAVIGER_CLIENT_KEY }}}}"#
            ),
        ),
        example(
            "GitLab",
            format!(
                r#"deploy:
  variables: {{ CLAVIGER_URL: "{server}", CLAVIGER_REALM: {realm} }}
  script:
    - claviger run -- ./deploy.sh    # CLAVIGER_CLIENT_ID and _KEY are masked CI variables"#
            ),
        ),
    ];
    if let Some(registry) = registry {
        let text = format!(
            "claviger login --client-id {client_id}    # reads the key from stdin\nclaviger setup-docker {registry}"
        );
        examples.push(example("docker", text));
    }
    examples.push(example(
        "git",
        format!(
            "claviger login --client-id {client_id}    # reads the key from stdin\n\
             claviger setup-git https://git.example.com"
        ),
    ));
    examples
}
