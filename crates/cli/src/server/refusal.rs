//! Converts a server's error response to the failure of a command (RFC 9457, RFC 6749 §5.2).

use serde::Deserialize;
use ureq::http::StatusCode;

use crate::failure::{Exit, Failure};
use crate::server::transport::RawAnswer;
use crate::terminal::cell::on_one_line;

/// Both error formats of the server. Any member may be missing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    title: Option<String>,
    detail: Option<String>,
    errors: Vec<Field>,
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct Field {
    field: String,
    detail: String,
}

/// `Ok` if the request succeeded.
pub fn accepted(answer: RawAnswer) -> Result<String, Failure> {
    if answer.status.is_success() { Ok(answer.body) } else { Err(refused(&answer)) }
}

fn refused(answer: &RawAnswer) -> Failure {
    let refusal: Refusal = serde_json::from_str(&answer.body).unwrap_or_default();
    let exit = exit(answer.status, refusal.error.as_deref(), answer.retry_after);
    let mut message = sentence(&refusal).unwrap_or_else(|| match exit {
        Exit::Unreachable => format!("the server answered {}", answer.status),
        _ => format!("the server answered {}: is --url the address of a Claviger server?", answer.status),
    });
    if let Some(seconds) = answer.retry_after {
        message.push_str(&format!("; try again in {seconds} s"));
    }
    Failure::new(exit, message)
}

fn sentence(refusal: &Refusal) -> Option<String> {
    if let [first, rest @ ..] = refusal.errors.as_slice() {
        let title = on_one_line(refusal.title.as_deref().unwrap_or("Invalid"));
        let said = |error: &Field| format!("{}: {}", on_one_line(&error.field), on_one_line(&error.detail));
        return Some(match rest {
            [] => format!("{title}: {}", said(first)),
            _ => {
                let lines: Vec<String> =
                    refusal.errors.iter().map(|error| format!("\n  {}", said(error))).collect();
                format!("{title}:{}", lines.concat())
            }
        });
    }
    let detail = refusal.detail.as_ref().or(refusal.title.as_ref()).map(on_one_line);
    detail.or_else(|| match (&refusal.error_description, &refusal.error) {
        (Some(description), Some(code)) => {
            Some(format!("{} ({})", on_one_line(description), on_one_line(code)))
        }
        (_, code) => code.as_ref().map(on_one_line),
    })
}

/// Every status has one meaning for scripts. A request that may succeed later is told from one that never will.
fn exit(status: StatusCode, code: Option<&str>, retry_after: Option<u64>) -> Exit {
    match (status.as_u16(), code) {
        (_, Some("unauthorized_client" | "access_denied")) => Exit::Forbidden,
        (_, Some("temporarily_unavailable")) => Exit::Unreachable,
        (401, _) => Exit::NotSignedIn,
        (403, _) => Exit::Forbidden,
        (404 | 410, _) => Exit::NotFound,
        (409 | 412 | 428, _) => Exit::Conflict,
        (400 | 413 | 414 | 415 | 422 | 431, _) => Exit::Invalid,
        (408 | 425 | 429 | 502 | 503 | 504, _) => Exit::Unreachable,
        _ if retry_after.is_some() => Exit::Unreachable,
        _ => Exit::Failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Failure {
        let status = StatusCode::from_u16(status).expect("a status");
        refused(&RawAnswer { status, body: body.to_owned(), retry_after: None })
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let two = r#"{"title":"Invalid","detail":"see errors","errors":[{"field":"name","detail":"too long"},{"field":"groups","detail":"no \"x\""}]}"#;
        let expected = "Invalid:\n  name: too long\n  groups: no \"x\"";
        assert_eq!(refusal(422, two), Failure::new(Exit::Invalid, expected));
        let one = r#"{"title":"Invalid","errors":[{"field":"name","detail":"too long"}]}"#;
        assert_eq!(refusal(422, one), Failure::new(Exit::Invalid, "Invalid: name: too long"));
    }

    #[test]
    fn detail_is_the_sentence_and_title_stands_in_for_it() {
        let both = r#"{"title":"Forbidden","detail":"that needs the role sys_admin"}"#;
        assert_eq!(refusal(403, both), Failure::new(Exit::Forbidden, "that needs the role sys_admin"));
        assert_eq!(refusal(409, r#"{"title":"Conflict"}"#), Failure::new(Exit::Conflict, "Conflict"));
    }

    #[test]
    fn oauth_errors_keep_their_code() {
        let body = r#"{"error":"invalid_scope","error_description":"not granted: a:b"}"#;
        assert_eq!(refusal(400, body), Failure::new(Exit::Invalid, "not granted: a:b (invalid_scope)"));
        let body = r#"{"error":"unauthorized_client","error_description":"no"}"#;
        assert_eq!(refusal(400, body).exit, Exit::Forbidden);
    }

    #[test]
    fn statuses_have_exit_codes_whatever_the_body() {
        for (status, exit) in [
            (400, Exit::Invalid),
            (401, Exit::NotSignedIn),
            (403, Exit::Forbidden),
            (404, Exit::NotFound),
            (408, Exit::Unreachable),
            (409, Exit::Conflict),
            (410, Exit::NotFound),
            (412, Exit::Conflict),
            (413, Exit::Invalid),
            (422, Exit::Invalid),
            (428, Exit::Conflict),
            (429, Exit::Unreachable),
            (418, Exit::Failure),
            (500, Exit::Failure),
            (501, Exit::Failure),
            (502, Exit::Unreachable),
            (503, Exit::Unreachable),
            (504, Exit::Unreachable),
        ] {
            assert_eq!(refusal(status, "<html>").exit, exit, "{status}");
        }
    }

    #[test]
    fn answer_that_asks_to_retry_says_when() {
        let again = |status: u16| {
            let status = StatusCode::from_u16(status).expect("a status");
            refused(&RawAnswer { status, body: String::new(), retry_after: Some(7) })
        };
        for status in [429, 500, 503] {
            let failure = again(status);
            assert_eq!(failure.exit, Exit::Unreachable, "{status}");
            assert!(failure.message.ends_with("; try again in 7 s"), "{}", failure.message);
        }
        assert_eq!(again(409).exit, Exit::Conflict, "repeating it as it is does not help");
        let body = r#"{"error":"temporarily_unavailable"}"#;
        assert_eq!(refusal(400, body).exit, Exit::Unreachable);
    }
}
