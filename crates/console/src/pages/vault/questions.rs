//! The second step: what a type asks once its provider has accepted the credential.

use askama::Template;

use super::form::VaultForm;
use super::inputs::QuestionInput;
use super::verdict::Verdict;
use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::text::things;

#[derive(Template)]
#[template(path = "pages/vault/questions.html")]
pub struct SourceCredentialQuestionsPage {
    pub frame: Frame,
    pub form: VaultForm,
    /// The first step as it was filled in, without secrets.
    pub typed: Vec<(String, String)>,
    pub verdict: Verdict,
    pub questions: Vec<QuestionInput>,
    /// The first step, with all that may stand in an address.
    pub first_step: Address,
}

impl SourceCredentialQuestionsPage {
    fn title(&self) -> &'static str {
        self.form.title()
    }

    fn wrong(&self) -> Vec<&QuestionInput> {
        self.questions.iter().filter(|question| question.fault.is_some()).collect()
    }

    fn wrong_count(&self) -> String {
        let count = u64::try_from(self.wrong().len()).unwrap_or(u64::MAX);
        things(&count, "question needs you.", "questions need you.")
    }
}

page!(SourceCredentialQuestionsPage);
