//! "Remove this group?", "Remove this resource?": what the credential loses.

use askama::Template;

use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::text::{listed, number};

#[derive(Template)]
#[template(path = "pages/service-credentials/remove.html", blocks = ["dialog"])]
pub struct RemoveGrantPage {
    pub frame: Frame,
    pub id: String,
    pub credential: String,
    pub what: RemovedGrant,
    /// The scopes that nothing else gives it.
    pub lost: Vec<String>,
    /// About how many tokens end; `None` if unknown.
    pub tokens_alive: Option<u64>,
    pub etag: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedGrant {
    Group(String),
    /// `type/name`.
    Resource(String),
}

impl RemoveGrantPage {
    fn title(&self) -> String {
        format!("Remove {}", self.name())
    }

    fn name(&self) -> &str {
        match &self.what {
            RemovedGrant::Group(name) | RemovedGrant::Resource(name) => name,
        }
    }

    fn action(&self) -> Address {
        match &self.what {
            RemovedGrant::Group(group) => self.frame.links.remove_group(&self.id, group),
            RemovedGrant::Resource(resource) => self.frame.links.remove_resource(&self.id, resource),
        }
    }

    fn loss(&self) -> String {
        if self.lost.is_empty() {
            return "It loses no scope: something else gives it each of them. Its tokens go on.".to_owned();
        }
        format!("It loses {}.", listed(&self.lost))
    }

    fn ended(&self) -> Option<String> {
        let rest = "it gets new ones with what is left.";
        match self.tokens_alive {
            _ if self.lost.is_empty() => None,
            Some(0) => Some("No token is alive now.".to_owned()),
            Some(1) => Some(format!("About 1 token ends at once; {rest}")),
            Some(count) => Some(format!("About {} tokens end at once; {rest}", number(&count))),
            None => Some(format!("Its tokens end at once; {rest}")),
        }
    }
}

page!(RemoveGrantPage, Dialog => as_dialog);
