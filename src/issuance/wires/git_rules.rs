//! Determines the scopes that a git request over HTTP needs, from its method and URL alone. Pure.

use std::borrow::Cow;

use crate::issuance::need::Need;

/// Any of these scopes may push something. The repository's own hook decides which refs.
pub(super) const WRITE: Need = Need::OneOf(&["source:read-update", "source:create", "source:delete"]);
pub(super) const READ: Need = Need::OneOf(&["source:read"]);

const NOT_NORMAL: Need = Need::Refused("the URL is not in the form that git clients use");

/// A URL encoded more often than this is treated as malicious.
const MAX_DECODINGS: usize = 4;

/// A request that any server behind the proxy may treat as a push needs a write scope. A URL that is not in normal form
/// never counts as a read, because servers disagree on what it names.
pub(super) fn need(method: Option<&str>, uri: &str) -> Need {
    let mut reading = Cow::Borrowed(uri);
    for round in 0.. {
        if reading.contains('\0') {
            return Need::Refused("the URL contains NUL");
        }
        if may_write(&reading) {
            return WRITE;
        }
        match decoded(&reading) {
            None => break,
            Some(_) if round == MAX_DECODINGS => {
                return Need::Refused("the URL is percent-encoded too many times");
            }
            Some(next) => reading = Cow::Owned(next),
        }
    }
    let path = uri.split_once('?').map_or(uri, |(path, _)| path);
    if !is_normal(path) || uri.contains('#') {
        return NOT_NORMAL;
    }
    let is_fetch = path.ends_with("/git-upload-pack");
    match method {
        Some("GET" | "HEAD") => READ,
        Some("POST") if is_fetch => READ,
        Some("POST") => WRITE,
        // Under these two names git serves no push, whatever the method.
        None if is_fetch || path.ends_with("/info/refs") => READ,
        None => WRITE,
        Some(_) => Need::Refused("git does not use this method"),
    }
}

/// The LFS batch request says only in its body whether it reads or writes, and no proxy forwards the body. Everything
/// else below `info/lfs` counts as a write too. Empty segments, dots, parameters, backslashes and case hide neither.
fn may_write(reading: &str) -> bool {
    let lower = reading.to_ascii_lowercase();
    if lower.contains("git-receive-pack") {
        return true;
    }
    let bare = |segment: &&str| !matches!(*segment, "" | "." | "..");
    let segments = lower.split(['/', '\\', '?', '#']).map(|segment| segment.split(';').next().unwrap_or(""));
    let segments: Vec<&str> = segments.map(|segment| segment.trim_matches([' ', '.'])).filter(bare).collect();
    segments.windows(2).any(|pair| pair == ["info", "lfs"])
}

/// Whether git clients would write the path this way: rooted, without empty or dot segments, encoded only where
/// necessary.
fn is_normal(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    rest.split('/').all(|segment| !matches!(segment, "" | "." | "..") && is_plain(segment.as_bytes()))
}

fn is_plain(segment: &[u8]) -> bool {
    let mut rest = segment;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let [high, low, after @ ..] = tail else { return false };
            let Some(byte) = byte_of(*high, *low) else { return false };
            if !needs_encoding(byte) {
                return false;
            }
            rest = after;
        } else if !(first.is_ascii_alphanumeric() || b"._-~+@:,=!$&'()*".contains(first)) {
            return false;
        }
    }
    true
}

/// Bytes of names that every client encodes in a URL, and that no server treats as a separator.
fn needs_encoding(byte: u8) -> bool {
    byte >= 0x80 || b" \"&'()*+,:<=>@[]^`{|}!$".contains(&byte)
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(hex(high)? * 16 + hex(low)?)
}

/// `None` if nothing is encoded any more.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut changed = false;
    while let [first, tail @ ..] = rest {
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let Some(byte) = byte_of(*high, *low)
        {
            bytes.push(byte);
            (rest, changed) = (after, true);
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    changed.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_read(method: Option<&str>, uri: &str) -> bool {
        need(method, uri) == READ
    }

    #[test]
    fn whatever_may_be_a_push_counts_as_one() {
        for uri in [
            "/a.git/info/refs?service=git-receive-pack",
            "/a.git/git-receive-pack",
            "/a.git/%67it-receive-pack",
            "/a.git/%2567it-receive-pack",
            "/a.git//git-receive-pack;x",
            "/a.git/info/refs?service=git-upload-pack&service=git-receive-pack",
            "/a.git/info/refs?service=git%2Dreceive%2Dpack",
            "/a.git/info/refs?service=git%2dRECEIVE-pack",
            "/a.git/info/lfs/objects/batch",
            "/a.git/info//lfs/objects/batch",
            "/a.git/info/./lfs/objects/batch",
            "/a.git/info/%2e/lfs/objects/batch",
            "/a.git/info\\lfs\\objects/batch",
            "/a.git/info;x/lfs;y/objects/batch",
            "/a.git/INFO/lfs/objects/batch",
            "/a.git/info/lfs./objects/batch",
            "/a.git/info%2flfs/objects/batch",
            "/a.git/info/lfs%20/objects/batch",
        ] {
            for method in ["GET", "POST"] {
                assert_eq!(need(Some(method), uri), WRITE, "{uri}");
            }
        }
    }

    #[test]
    fn reads_are_get_head_and_upload_pack_in_normal_form_alone() {
        let refs = "/a.git/info/refs?service=git-upload-pack";
        for (method, uri) in [
            (Some("GET"), refs),
            (Some("HEAD"), refs),
            (None, refs),
            (Some("POST"), "/a.git/git-upload-pack"),
            (None, "/group/a.git/git-upload-pack"),
            (Some("GET"), "/a.git/HEAD"),
            (Some("GET"), "/my%20own/%C3%BC.git/objects/info/packs"),
            (Some("GET"), "/~ada/a+b.git/"),
        ] {
            assert!(is_read(method, uri), "{method:?} {uri}");
        }
        for (method, uri) in [
            (Some("POST"), "/a.git/info/refs"),
            (Some("POST"), "/a.git/git-upload-archive"),
            (Some("POST"), "/a.git/git-upload-pack/"),
            (None, "/a.git/objects/info/packs"),
        ] {
            assert_eq!(need(method, uri), WRITE, "{method:?} {uri}");
        }
        for method in ["PUT", "DELETE", "PATCH", "PROPFIND", "MKCOL", "MOVE", "OPTIONS", "get", ""] {
            assert!(matches!(need(Some(method), refs), Need::Refused(_)), "{method}");
        }
        for uri in [
            "/a%00",
            "/%252525252567",
            "/100%",
            "/a.git//HEAD",
            "/a.git/./HEAD",
            "/a.git/../b.git/HEAD",
            "/a.git/%2e%2e/HEAD",
            "/a.git/%2E/HEAD",
            "/a.git\\HEAD",
            "/a.git;x/HEAD",
            "/a.git/%48EAD",
            "/a.git/a%2fb",
            "/a.git/a%5cb",
            "/a.git/a%3bb",
            "/a.git/a%25b",
            "/a.git/HEAD#x",
            "a.git/HEAD",
            "http://host/a.git/HEAD",
            "",
            "/",
            "//",
            "*",
            "/a b",
            "/a\tb",
        ] {
            assert!(matches!(need(Some("GET"), uri), Need::Refused(_)), "{uri}");
        }
    }

    /// Interprets a URL like the most lenient server behind the proxy: decodes repeatedly, treats backslashes as
    /// slashes, cuts off parameters, merges slashes, resolves dots and ignores case.
    fn leniently_writes(uri: &str) -> bool {
        let mut text = uri.to_owned();
        let mut writes = false;
        for _ in 0..8 {
            let lower = text.to_ascii_lowercase();
            let (path, query) = lower.split_once('?').unwrap_or((&lower, ""));
            let mut segments: Vec<&str> = Vec::new();
            for segment in path.split(['/', '\\']).map(|segment| segment.split(';').next().unwrap_or("")) {
                match segment {
                    "" | "." => {}
                    ".." => drop(segments.pop()),
                    other => segments.push(other),
                }
            }
            let path = segments.join("/");
            writes |= path.ends_with("git-receive-pack") || format!("/{path}/").contains("/info/lfs/");
            writes |= path.ends_with("info/refs") && query.contains("service=git-receive-pack");
            match decoded(&text) {
                Some(next) => text = next,
                None => break,
            }
        }
        writes
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "/",
                "//",
                "/./",
                "/../",
                "\\",
                ";x",
                "?",
                "&",
                "=",
                "#",
                "%",
                "%2f",
                "%5C",
                "%2e",
                "%25",
                "%00",
                "a.git",
                "info",
                "lfs",
                "objects",
                "batch",
                "refs",
                "service=",
                "git-receive-pack",
                "git-upload-pack",
                "git-",
                "receive",
                "-pack",
                "INFO",
                "x/..",
            ])
            .prop_map(str::to_owned),
            prop::sample::select(vec!["info", "lfs", "git-receive-pack", "..", "/", "."])
                .prop_map(|text| { text.bytes().map(|byte| format!("%{byte:02x}")).collect() }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_address_that_a_lenient_server_writes_under_is_a_read(
            parts in prop::collection::vec(part(), 1..10),
            method in prop::sample::select(vec![None, Some("GET"), Some("HEAD"), Some("POST")]),
        ) {
            let uri = format!("/{}", parts.concat());
            prop_assert!(!(is_read(method, &uri) && leniently_writes(&uri)), "{}", uri);
        }

        #[test]
        fn no_encoding_hides_a_push(encode in prop::collection::vec(any::<bool>(), 16)) {
            let text: String = "git-receive-pack".bytes().zip(encode).map(|(byte, encode)| {
                if encode { format!("%{byte:02x}") } else { char::from(byte).to_string() }
            }).collect();
            prop_assert_eq!(need(Some("GET"), &format!("/a.git/{text}")), WRITE);
        }
    }
}
