//! One effective scope: what it allows, and where it comes from.

use super::mark::Tone;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeLine {
    pub scope: String,
    /// One sentence; empty if the register has none.
    pub description: String,
    pub from: Vec<Origin>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub kind: OriginKind,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind {
    Group,
    Resource,
}

impl OriginKind {
    /// The word, which is the name of its symbol too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Resource => "resource",
        }
    }
}

/// How much harm it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Read,
    Change,
    Delete,
}

impl Effect {
    /// By the action, which is what stands after the last colon.
    pub fn of(scope: &str) -> Self {
        match scope.rsplit(':').next() {
            Some("read") => Self::Read,
            Some("delete") => Self::Delete,
            _ => Self::Change,
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }

    pub const fn tone(self) -> Tone {
        match self {
            Self::Read => Tone::Off,
            Self::Change => Tone::Info,
            Self::Delete => Tone::Bad,
        }
    }
}

impl ScopeLine {
    pub fn effect(&self) -> Effect {
        Effect::of(&self.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effect_is_that_of_the_action() {
        for (scope, effect) in [
            ("source:read", Effect::Read),
            ("source:read-update", Effect::Change),
            ("fleet/berlin:delete", Effect::Delete),
            ("fleet/berlin:deploy", Effect::Change),
            ("deploy", Effect::Change),
        ] {
            assert_eq!(Effect::of(scope), effect, "{scope}");
        }
    }
}
