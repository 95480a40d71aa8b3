//! Variables of the environment that begin as settings do. A misspelt one would be ignored.

use crate::config::known::known;

pub(super) const PREFIX: &str = "CLAVIGER_";

/// Read by commands that are clients of a server, and by the hooks of git.
pub(super) const OF_COMMANDS: [&str; 16] = [
    "url",
    "ca_file",
    "realm",
    "insecure",
    "token",
    "profile",
    "scopes",
    "sidecar_allow_remote",
    "sidecar_audience",
    "sidecar_client_id",
    "sidecar_issuer",
    "sidecar_key",
    "sidecar_key_file",
    "sidecar_listen",
    "sidecar_workers",
    "webhook_secret",
];

/// The name of the setting that a variable means, in lower case, if nothing reads it.
pub fn unknown_setting(variable: &str, value: &str) -> Option<String> {
    let variable = variable.to_ascii_uppercase();
    let name = variable.strip_prefix(PREFIX)?.to_ascii_lowercase();
    let is_read = known().any(|known| known == name) || OF_COMMANDS.contains(&name.as_str());
    (!is_read && !is_of_a_service_named_claviger(&name, value)).then_some(name)
}

/// Kubernetes and links of Docker give a container the addresses of other services. A service named `claviger` or
/// `claviger-a` gets variables such as `CLAVIGER_SERVICE_HOST` and `CLAVIGER_A_PORT_8080_TCP_ADDR`.
fn is_of_a_service_named_claviger(name: &str, value: &str) -> bool {
    let has = |part: &str| format!("_{name}").contains(part);
    has("_service_host")
        || has("_service_port")
        || (has("_port") && (value.starts_with("tcp://") || value.starts_with("udp://")))
        || (has("_port_") && (has("_tcp") || has("_udp")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_nothing_reads_are_found() {
        for read in
            ["CLAVIGER_LISTEN", "claviger_listen", "CLAVIGER_TOKEN", "CLAVIGER_MAX_GROUPS_PER_REALM", "PATH"]
        {
            assert_eq!(unknown_setting(read, "x"), None, "{read}");
        }
        for name in known() {
            for unread in [format!("CLAVIGER_{name}x"), format!("CLAVIGER_{}", &name[1..])] {
                assert!(unknown_setting(&unread, "x").is_some(), "{unread}");
            }
        }
        assert_eq!(unknown_setting("CLAVIGER_PORT", "8080").as_deref(), Some("port"));
    }

    #[test]
    fn variables_of_commands_are_known() {
        let sources = [
            include_str!("../../crates/cli/src/environment.rs"),
            include_str!("../../crates/cli/src/values/profile_choice.rs"),
            include_str!("../../crates/cli/src/values/shared_flags.rs"),
            include_str!("../commands/sidecar.rs"),
        ];
        let quoted = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
        let names: Vec<&str> = quoted.filter(|text| text.starts_with(PREFIX)).collect();
        assert!(names.len() >= OF_COMMANDS.len(), "{names:?}");
        for name in names {
            assert_eq!(unknown_setting(name, "x"), None, "{name}");
        }
    }

    #[test]
    fn variables_of_a_service_with_this_name_are_ignored() {
        for (name, value) in [
            ("CLAVIGER_SERVICE_HOST", "10.0.0.1"),
            ("CLAVIGER_SERVICE_PORT_HTTP", "8080"),
            ("CLAVIGER_PORT", "tcp://10.0.0.1:8080"),
            ("CLAVIGER_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("CLAVIGER_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("CLAVIGER_A_SERVICE_HOST", "10.0.0.1"),
            ("CLAVIGER_A_PORT_8080_TCP_PROTO", "tcp"),
        ] {
            assert_eq!(unknown_setting(name, value), None, "{name}");
        }
    }
}
