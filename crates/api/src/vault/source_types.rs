//! Source types: what a credential of each needs.

use crate::macros::answer;

answer! { "SourceType" =>
    #[derive(Clone)]
    pub struct SourceTypeView {
        /// The id of the source type. For example `github`.
        pub id: String,
        /// The name to show. For example `GitHub`.
        pub name: String,
        /// What it is used for. For example `vcs`.
        pub category: Vec<String>,
        /// Where it runs: cloud, self_hosted or both. For example `cloud`.
        pub hosting: String,
        /// What to know about it. For example `Organizations may restrict classic tokens.`
        pub notes: String,
        /// The ways to authenticate.
        pub auth_modes: Vec<AuthModeView>,
        /// The sets of permissions to choose from.
        pub profiles: Vec<ProfileView>,
        /// What is asked once a credential is valid.
        pub questions: Vec<QuestionView>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct AuthModeView {
        /// The id of the way to authenticate. For example `token`.
        pub id: String,
        /// The name to show. For example `Personal access token`.
        pub label: String,
        /// Whether it is refused for new credentials.
        pub retired: bool,
        /// Whether the credential ends on a date that cannot be read from the provider.
        pub ask_expiry: bool,
        /// The fields of the form, in order.
        pub fields: Vec<SourceFieldView>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct SourceFieldView {
        /// The name in requests. For example `token`.
        pub name: String,
        /// The name to show. For example `Token`.
        pub label: String,
        /// One of text, secret, secret_multiline, url, int, select, list and bool. For example `secret`.
        pub kind: String,
        /// Whether a value is needed.
        pub required: bool,
        /// The value if none is given; null if there is none. For example `github.com`.
        pub default: Option<String>,
        /// The allowed values of a select. For example `EU`.
        pub options: Vec<String>,
        /// What to enter, and the permissions it needs. For example `A classic token.`
        pub help: String,
        /// What values usually begin with; null if it is not known. For example `ghp_`.
        pub prefix: Option<String>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct ProfileView {
        /// The id of the profile. For example `default`.
        pub id: String,
        /// The name to show. For example `Repositories`.
        pub label: String,
        /// Whether it applies if none is chosen.
        pub default: bool,
        /// The permissions that must not be missing. For example `repo`.
        pub required: Vec<String>,
        /// The permissions that are useful. For example `read:org`.
        pub recommended: Vec<String>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct QuestionView {
        /// The id of the question. For example `organizations`.
        pub id: String,
        /// The name to show. For example `Organizations`.
        pub label: String,
        /// What to ask. For example `Which organizations?`
        pub prompt: String,
        /// Whether several answers may be chosen.
        pub multi: bool,
        /// Whether an answer may be typed.
        pub manual: bool,
        /// Whether it may stay unanswered, which means all.
        pub optional: bool,
    }
}
