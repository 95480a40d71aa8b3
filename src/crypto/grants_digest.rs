//! Identifies a list of grants by its content, the same in the tables and in memory.

use crate::crypto::fingerprint::sha256;
use claviger_domain::{Grants, GrantsDigest};

/// 128 bits of SHA-256 over the canonical form: different lists never share a digest.
pub fn digest_grants(grants: &Grants) -> GrantsDigest {
    let mut text = String::with_capacity(128);
    for name in &grants.groups {
        text.push_str(name.as_str());
        // Names contain no control characters.
        text.push('\n');
    }
    for grant in &grants.resources {
        text.push('\r');
        text.push_str(grant.resource.kind());
        text.push('/');
        text.push_str(grant.resource.name());
        for action in &grant.actions {
            text.push('\n');
            text.push_str(action);
        }
    }
    let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = sha256(text.as_bytes()).0;
    GrantsDigest(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(groups: &[&str], resources: &[(&str, &[&str])]) -> Grants {
        let grant = |(resource, actions): &(&str, &[&str])| claviger_domain::ResourceGrant {
            resource: resource.parse().expect("a resource"),
            actions: actions.iter().map(ToString::to_string).collect(),
        };
        Grants {
            groups: groups.iter().map(|name| name.parse().expect("a name")).collect(),
            resources: resources.iter().map(grant).collect(),
        }
    }

    #[test]
    fn no_two_lists_share_a_digest() {
        let lists = [
            grants(&[], &[]),
            grants(&["a"], &[]),
            grants(&["a", "b"], &[]),
            grants(&["ab"], &[]),
            grants(&["a/b"], &[]),
            grants(&[], &[("a/b", &["x"])]),
            grants(&[], &[("a/b", &["x", "y"])]),
            grants(&[], &[("a/b", &["x"]), ("a/c", &["y"])]),
            grants(&["x"], &[("a/b", &["x"])]),
        ];
        for (index, one) in lists.iter().enumerate() {
            for (other_index, other) in lists.iter().enumerate() {
                assert_eq!(digest_grants(one) == digest_grants(other), index == other_index);
            }
        }
    }

    /// The tables store digests: another form would no longer match them.
    #[test]
    fn the_form_stays() {
        let digest = digest_grants(&grants(&["readers"], &[("studio/s1", &["view"])]));
        assert_eq!(digest.to_string().parse::<GrantsDigest>(), Ok(digest));
        assert_eq!(digest.to_string(), "527c5d0534e22e1cff9fc78e4c6c12a2");
    }
}
