//! What the identity provider says of who tried the settings of sign-in, and the rule that fits.

use askama::Template;

use crate::frame::Frame;
use crate::page::page;
use crate::parts::{Mark, Tone};

#[derive(Template)]
#[template(path = "pages/realm/sign-in-tried.html")]
pub struct SignInTriedPage {
    pub frame: Frame,
    /// The name on the button.
    pub provider: String,
    /// As the provider sent them.
    pub claims: Vec<(String, String)>,
    /// In order.
    pub rules: Vec<TriedRule>,
    pub signs_in: bool,
    /// A sentence.
    pub outcome: String,
}

#[derive(Clone, Debug)]
pub struct TriedRule {
    pub claim: String,
    pub value: String,
    pub role: &'static str,
    pub verdict: RuleFit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFit {
    Fits,
    Differs,
    /// The provider says nothing about the claim.
    Absent,
}

impl SignInTriedPage {
    fn title(&self) -> &'static str {
        "What the provider says"
    }

    /// Of the rules that fit, the first decides.
    fn mark(&self, index: &usize) -> Mark {
        let first = self.rules.iter().position(|rule| rule.verdict == RuleFit::Fits);
        match self.rules.get(*index).map(|rule| rule.verdict) {
            Some(RuleFit::Fits) if first == Some(*index) => Mark::new(Tone::Ok, "ok", "Fits, and decides"),
            Some(RuleFit::Fits) => Mark::new(Tone::Off, "ok", "Fits"),
            Some(RuleFit::Absent) => Mark::new(Tone::Warn, "dash", "Claim is absent"),
            _ => Mark::new(Tone::Off, "dash", "Does not fit"),
        }
    }
}

page!(SignInTriedPage);
