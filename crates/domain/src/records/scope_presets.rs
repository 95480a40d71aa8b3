//! Common combinations of scopes, for quick token creation.

/// One named combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopePreset {
    pub name: &'static str,
    pub description: &'static str,
    pub scopes: &'static [&'static str],
}

/// The four of the factory product.
pub const SCOPE_PRESETS: [ScopePreset; 4] = [
    ScopePreset { name: "git", description: "Clone, fetch and push", scopes: &["source:read-update"] },
    ScopePreset {
        name: "read-only",
        description: "Read targets, devices and builds, by command line or REST",
        scopes: &["targets:read", "devices:read", "ci:read"],
    },
    ScopePreset {
        name: "read-update",
        description: "Read and change targets and devices, and read builds",
        scopes: &["targets:read-update", "devices:read-update", "ci:read"],
    },
    ScopePreset { name: "docker-pull", description: "Pull containers", scopes: &["containers:read"] },
];
