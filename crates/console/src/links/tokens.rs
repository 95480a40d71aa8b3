//! Addresses of what members own: API tokens, personal access tokens, application credentials.

use super::address::Address;
use super::realm::Links;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Api,
    Personal,
    Application,
}

impl Links {
    pub fn tokens(&self, kind: &TokenKind) -> Address {
        match kind {
            TokenKind::Api => self.api_tokens(),
            TokenKind::Personal => self.personal_tokens(),
            TokenKind::Application => self.application_credentials(),
        }
    }

    pub fn token(&self, kind: &TokenKind, id: &str) -> Address {
        self.tokens(kind).segment(id)
    }

    /// GET: form; `preset` fills its scopes. POST: creates, or with `preset` leads to the form.
    pub fn new_token(&self, kind: &TokenKind) -> Address {
        self.tokens(kind).segment("new")
    }

    /// GET asks, POST revokes.
    pub fn revoke_token(&self, kind: &TokenKind, id: &str) -> Address {
        self.token(kind, id).segment("revoke")
    }

    /// GET: form. POST: changes its description and scopes.
    pub fn edit_application_credential(&self, id: &str) -> Address {
        self.token(&TokenKind::Application, id).segment("edit")
    }

    /// GET asks, POST makes a successor.
    pub fn renew_application_credential(&self, id: &str) -> Address {
        self.token(&TokenKind::Application, id).segment("renew")
    }

    /// POST: answers what was posted as a file.
    pub fn download_token(&self, kind: &TokenKind) -> Address {
        self.tokens(kind).segment("download")
    }
}
