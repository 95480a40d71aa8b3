//! The ExecCredential that kubectl and its client libraries read from a credential plugin.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::environment::kubernetes_exec_info;
use crate::failure::Failure;
use crate::server::fresh_token::FreshToken;

/// The versions of the format. They have the same members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ExecCredentialVersion {
    #[serde(rename = "client.authentication.k8s.io/v1")]
    V1,
    #[serde(rename = "client.authentication.k8s.io/v1beta1")]
    V1Beta1,
}

const VARIABLE: &str = "KUBERNETES_EXEC_INFO";
const KIND: &str = "ExecCredential";

impl ExecCredentialVersion {
    /// The version that the caller asks for in `KUBERNETES_EXEC_INFO`. It refuses an answer in any other. Without the
    /// variable, the newest.
    pub fn requested() -> Result<Self, Failure> {
        kubernetes_exec_info().map_or(Ok(Self::V1), |text| Self::of(&text))
    }

    fn of(exec_info: &str) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::usage(format!("{VARIABLE}: {what}"));
        let value: Value = serde_json::from_str(exec_info)
            .map_err(|error| wrong(format!("must be a JSON object, as kubectl writes it: {error}")))?;
        if value.get("kind").is_some_and(|kind| kind != KIND) {
            return Err(wrong(format!("kind must be {KIND}")));
        }
        let asked = value
            .get("apiVersion")
            .and_then(Value::as_str)
            .ok_or_else(|| wrong("must be a JSON object with the text apiVersion".to_owned()))?;
        Self::deserialize(json!(asked)).map_err(|_| {
            wrong(format!(
                "apiVersion {} is not supported: write client.authentication.k8s.io/v1 (or v1beta1) into the \
                 kubeconfig",
                json!(asked)
            ))
        })
    }

    pub fn write(self, fresh: &FreshToken) -> String {
        let mut status = json!({ "token": fresh.token.expose() });
        if let Some(at) = fresh.expires_at {
            status["expirationTimestamp"] = json!(at);
        }
        json!({"apiVersion": self, "kind": KIND, "status": status}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    #[test]
    fn version_is_the_one_asked_for() {
        for (text, version) in [
            (r#"{"apiVersion":"client.authentication.k8s.io/v1"}"#, ExecCredentialVersion::V1),
            (
                r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":true}}"#,
                ExecCredentialVersion::V1Beta1,
            ),
        ] {
            assert_eq!(ExecCredentialVersion::of(text), Ok(version), "{text}");
        }
    }

    #[test]
    fn anything_else_is_a_usage_error_that_names_the_variable() {
        for (text, named) in [
            (r#"{"apiVersion":"client.authentication.k8s.io/v1alpha1"}"#, "v1alpha1"),
            (r#"{"apiVersion":"client.authentication.k8s.io/v2"}"#, "k8s.io/v2"),
            (r#"{"apiVersion":"v1"}"#, "\"v1\""),
            (r#"{"apiVersion":1}"#, "apiVersion"),
            (r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"Pod"}"#, "kind"),
            ("{}", "apiVersion"),
            ("[]", "apiVersion"),
            ("null", "apiVersion"),
            ("{", "JSON"),
            ("client.authentication.k8s.io/v1", "JSON"),
        ] {
            let failure = ExecCredentialVersion::of(text).expect_err(text);
            assert_eq!(failure.exit, Exit::Usage, "{text}");
            let message = &failure.message;
            assert!(message.starts_with(VARIABLE) && message.contains(named), "{message}");
        }
    }
}
