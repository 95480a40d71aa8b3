//! A page: rendered whole, or one part of it for the script.

use std::fmt;
use std::str::FromStr;

/// A page could not be written out. Its text goes to the log, never to a client.
#[derive(Debug)]
pub struct RenderFailed(askama::Error);

impl fmt::Display for RenderFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page not rendered: {}", self.0)
    }
}

impl std::error::Error for RenderFailed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl From<askama::Error> for RenderFailed {
    fn from(error: askama::Error) -> Self {
        Self(error)
    }
}

/// What the header `X-Fragment` asks for. An answer that depends on it says `Vary: X-Fragment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fragment {
    /// The rows of a list.
    Results,
    /// The page as a dialog over another one.
    Dialog,
}

#[derive(Debug, PartialEq, Eq)]
pub struct UnknownFragment;

impl FromStr for Fragment {
    type Err = UnknownFragment;

    fn from_str(text: &str) -> Result<Self, UnknownFragment> {
        match text {
            "results" => Ok(Self::Results),
            "dialog" => Ok(Self::Dialog),
            _ => Err(UnknownFragment),
        }
    }
}

pub trait Page {
    /// The whole document.
    fn html(&self) -> Result<String, RenderFailed>;

    /// The part alone; the whole document if the page has no such part, which works as well.
    fn fragment(&self, fragment: Fragment) -> Result<String, RenderFailed> {
        let _ = fragment;
        self.html()
    }
}

/// Implements [`Page`] for a type with a template, and names the parts that it has.
macro_rules! page {
    ($page:ty) => {
        page!($page,);
    };
    ($page:ty, $($fragment:ident => $part:ident)*) => {
        impl $crate::page::Page for $page {
            fn html(&self) -> Result<String, $crate::page::RenderFailed> {
                Ok(askama::Template::render(self)?)
            }
            $(page!(@part $fragment $part);)*
        }
    };
    (@part $fragment:ident $part:ident) => {
        fn fragment(&self, fragment: $crate::page::Fragment) -> Result<String, $crate::page::RenderFailed> {
            match fragment {
                $crate::page::Fragment::$fragment => Ok(askama::Template::render(&self.$part())?),
                _ => self.html(),
            }
        }
    };
}

pub(crate) use page;
