//! How a request proves who sends it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::template::Template;

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    Bearer {
        token: Template,
    },
    Header {
        name: Template,
        value: Template,
    },
    Headers {
        headers: BTreeMap<String, Template>,
    },
    Basic {
        user: Template,
        pass: Template,
    },
    /// A member of the form body.
    Form {
        name: String,
        value: Template,
    },
    #[serde(rename = "aws_sigv4")]
    AwsSigV4 {
        service: String,
        region: Template,
        access_key: Template,
        secret_key: Template,
        /// Only temporary credentials have one.
        session_token: Template,
    },
    GithubAppJwt {
        app_id: Template,
        private_key: Template,
    },
    /// The token authentication of container registries.
    RegistryToken {
        user: Template,
        pass: Template,
        scope: Template,
    },
    /// RFC 6749 §4.4.
    OauthClientCredentials {
        token_url: Template,
        auth: ClientAuth,
        client_id: Template,
        client_secret: Option<Template>,
        private_key: Option<Template>,
        scope: Template,
        /// Sentences for error codes of the token endpoint.
        #[serde(default)]
        say: BTreeMap<String, String>,
    },
    None {},
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    Secret,
    PrivateKeyJwt,
}

impl Auth {
    /// Templates that carry the credential; secret fields may stand in these.
    pub fn secret_templates(&self) -> Vec<&Template> {
        match self {
            Self::Bearer { token } => vec![token],
            Self::Header { value, .. } | Self::Form { value, .. } => vec![value],
            Self::Headers { headers } => headers.values().collect(),
            Self::Basic { user, pass } | Self::RegistryToken { user, pass, .. } => vec![user, pass],
            Self::AwsSigV4 { secret_key, session_token, .. } => vec![secret_key, session_token],
            Self::GithubAppJwt { private_key, .. } => vec![private_key],
            Self::OauthClientCredentials { client_secret, private_key, .. } => {
                client_secret.iter().chain(private_key).collect()
            }
            Self::None {} => vec![],
        }
    }

    /// Templates whose values a provider may log; secret fields must not stand in these.
    pub fn plain_templates(&self) -> Vec<&Template> {
        match self {
            Self::Header { name, .. } => vec![name],
            Self::AwsSigV4 { region, access_key, .. } => vec![region, access_key],
            Self::GithubAppJwt { app_id, .. } => vec![app_id],
            Self::RegistryToken { scope, .. } => vec![scope],
            Self::OauthClientCredentials { token_url, client_id, scope, .. } => {
                vec![token_url, client_id, scope]
            }
            _ => vec![],
        }
    }
}
