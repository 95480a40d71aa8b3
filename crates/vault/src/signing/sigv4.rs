//! AWS Signature Version 4 of one request.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, sign};
use zeroize::Zeroizing;

use crate::outbound::Request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// All but the unreserved characters of RFC 3986 §2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub struct AwsKey {
    pub region: String,
    pub access_key: String,
    pub secret_key: Zeroizing<String>,
    /// Of temporary credentials.
    pub session_token: Option<Zeroizing<String>>,
}

/// Adds the headers of the signature.
pub fn sign_aws_request(request: &mut Request, service: &str, key: &AwsKey, now: DateTime<Utc>) {
    let time = now.format("%Y%m%dT%H%M%SZ").to_string();
    let day = now.format("%Y%m%d").to_string();
    let scope = format!("{day}/{}/{service}/aws4_request", key.region);
    request.headers.push(("x-amz-date".to_owned(), Zeroizing::new(time.clone())));
    if let Some(token) = &key.session_token {
        request.headers.push(("x-amz-security-token".to_owned(), token.clone()));
    }
    let (canonical, signed_headers) = canonical_request(request);
    let to_sign =
        format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(digest(&SHA256, canonical.as_bytes()).as_ref()));
    let first = Zeroizing::new(format!("AWS4{}", key.secret_key.as_str()));
    let derived = [day.as_str(), &key.region, service, "aws4_request", &to_sign].into_iter().fold(
        Zeroizing::new(first.as_bytes().to_vec()),
        |secret, part| {
            Zeroizing::new(sign(&Key::new(HMAC_SHA256, &secret), part.as_bytes()).as_ref().to_vec())
        },
    );
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={signed_headers}, Signature={}",
        key.access_key,
        hex(&derived),
    );
    request.headers.push(("authorization".to_owned(), Zeroizing::new(authorization)));
}

/// The canonical request, and the names of the headers in it.
fn canonical_request(request: &Request) -> (Zeroizing<String>, String) {
    let port = request.url.port().map_or_else(String::new, |port| format!(":{port}"));
    let host = format!("{}{port}", request.url.host_str().unwrap_or_default());
    let mut headers: BTreeMap<&str, &str> = BTreeMap::from([("host", host.as_str())]);
    // Proxies may change the user agent.
    let signed = request.headers.iter().filter(|(name, _)| name != "user-agent");
    headers.extend(signed.map(|(name, value)| (name.as_str(), value.trim())));
    let names: Vec<&str> = headers.keys().copied().collect();
    let names = names.join(";");
    let lines: String = headers.iter().fold(String::new(), |mut lines, (name, value)| {
        let _ = writeln!(lines, "{name}:{value}");
        lines
    });
    // Every service but S3 encodes a path twice.
    let path: Vec<String> = request
        .url
        .path()
        .split('/')
        .map(|segment| utf8_percent_encode(segment, ENCODED).to_string())
        .collect();
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let mut query: Vec<String> = request
        .url
        .query_pairs()
        .map(|(name, value)| format!("{}={}", encode(&name), encode(&value)))
        .collect();
    query.sort();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{names}\n{}",
        request.method,
        path.join("/"),
        query.join("&"),
        hex(digest(&SHA256, &request.body).as_ref()),
    );
    (Zeroizing::new(canonical), names)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    /// The public test suite of AWS: get-vanilla, get-vanilla-query-order-key-case, post-vanilla.
    #[test]
    fn signatures_equal_those_of_the_published_test_suite() {
        for (method, url, signature) in [
            (
                "GET",
                "https://example.amazonaws.com/",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "GET",
                "https://example.amazonaws.com/?Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "POST",
                "https://example.amazonaws.com/",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
        ] {
            let url = Url::parse(url).unwrap();
            let mut request = Request { method, url, headers: vec![], body: Zeroizing::default() };
            let key = AwsKey {
                region: "us-east-1".to_owned(),
                access_key: "AKIDEXAMPLE".to_owned(),
                secret_key: Zeroizing::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
                session_token: None,
            };
            let now = "2015-08-30T12:36:00Z".parse().unwrap();
            sign_aws_request(&mut request, "service", &key, now);
            let (_, authorization) = request.headers.last().unwrap();
            assert!(authorization.ends_with(&format!("Signature={signature}")), "{}", authorization.as_str());
        }
    }
}
