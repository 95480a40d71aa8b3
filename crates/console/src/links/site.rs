//! Addresses that belong to no realm.

use super::address::Address;
use crate::assets;

/// Where the console is mounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The path of `public_url`, without a slash at its end; empty if there is none.
    pub prefix: String,
}

impl Site {
    /// The realms to choose from.
    pub fn realms(&self) -> Address {
        self.console("/")
    }

    pub fn style(&self) -> Address {
        self.asset(assets::style())
    }

    pub fn script(&self) -> Address {
        self.asset(assets::script())
    }

    pub fn mark(&self) -> Address {
        self.asset(assets::mark())
    }

    /// A symbol of the sprite.
    pub fn icon(&self, name: &str) -> Address {
        self.asset(assets::icons()).part(name)
    }

    /// The path of the cookies of the console.
    pub fn cookie_path(&self) -> Address {
        self.console("")
    }

    /// POST: keeps the theme, then goes back.
    pub fn theme(&self) -> Address {
        self.console("/theme")
    }

    /// Whether this node can answer.
    pub fn status(&self) -> Address {
        Address::new(format!("{}/health/ready", self.prefix))
    }

    /// The reference of the API.
    pub fn api_reference(&self) -> Address {
        Address::new(format!("{}/api/docs", self.prefix))
    }

    fn asset(&self, name: &str) -> Address {
        self.console("/assets").segment(name)
    }

    pub(super) fn console(&self, rest: &str) -> Address {
        Address::new(format!("{}/console{rest}", self.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find_asset;

    #[test]
    fn addresses_lie_below_the_prefix() {
        for prefix in ["", "/auth", "/a/b"] {
            let site = Site { prefix: prefix.to_owned() };
            assert_eq!(site.realms().as_str(), format!("{prefix}/console/"));
            assert_eq!(site.cookie_path().as_str(), format!("{prefix}/console"));
            for asset in [site.style(), site.script(), site.mark()] {
                let name =
                    asset.as_str().strip_prefix(&format!("{prefix}/console/assets/")).expect("below it");
                assert!(find_asset(name).is_some(), "{asset} must be an asset");
            }
            assert!(site.icon("key").as_str().ends_with(".svg#key"));
        }
    }
}
