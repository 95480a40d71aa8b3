//! The command that makes the same credential.

use crate::links::Draft;
use crate::text::lifetime_flag;

/// On several lines, quoted for a POSIX shell.
pub(super) fn create_command(draft: &Draft) -> String {
    let mut parts = vec![format!("claviger credential create {}", quoted(&draft.name))];
    if !draft.description.is_empty() {
        parts.push(format!("--description {}", quoted(&draft.description)));
    }
    let validity =
        if draft.days == "never" { "--never".to_owned() } else { format!("--days {}", draft.days) };
    parts.push(format!("{validity} --token-ttl {}", lifetime_flag(&draft.ttl)));
    if !draft.groups.is_empty() {
        let groups: Vec<String> =
            draft.groups.iter().map(|group| format!("--group {}", quoted(group))).collect();
        parts.push(groups.join(" "));
    }
    for (resource, actions) in by_resource(&draft.grants) {
        parts.push(format!("--resource {}", quoted(&format!("{resource}:{}", actions.join(",")))));
    }
    parts.join(" \\\n  ")
}

/// In the order of their first mention.
fn by_resource(grants: &[String]) -> Vec<(&str, Vec<&str>)> {
    let mut resources: Vec<(&str, Vec<&str>)> = Vec::new();
    for (resource, action) in grants.iter().filter_map(|grant| grant.rsplit_once(':')) {
        match resources.iter_mut().find(|(known, _)| *known == resource) {
            Some((_, actions)) => actions.push(action),
            None => resources.push((resource, vec![action])),
        }
    }
    resources
}

/// As one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:,@%+=".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_says_what_the_form_said() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let draft = Draft {
            name: "nightly-deploy".to_owned(),
            description: "Ana's $HOME".to_owned(),
            days: "90".to_owned(),
            ttl: "3600".to_owned(),
            groups: texts(&["Builders", "Tech Products"]),
            grants: texts(&["fleet/berlin:read", "bucket/a:write", "fleet/berlin:deploy"]),
            resources: Vec::new(),
        };
        assert_eq!(
            create_command(&draft),
            r"claviger credential create nightly-deploy \
  --description 'Ana'\''s $HOME' \
  --days 90 --token-ttl 1h \
  --group Builders --group 'Tech Products' \
  --resource fleet/berlin:read,deploy \
  --resource bucket/a:write"
        );
        let never = Draft {
            name: "a".to_owned(),
            days: "never".to_owned(),
            ttl: "900".to_owned(),
            ..Draft::default()
        };
        assert_eq!(create_command(&never), "claviger credential create a \\\n  --never --token-ttl 15m");
    }
}
