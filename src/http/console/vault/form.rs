//! The form of a source credential, as its type asks for it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{AuthModeView, FieldError, ProfileView, SourceCredentialView, SourceTypeView};
use claviger_console::{
    Address, Choice, ChooserFor, Faults, ProfileChoice, SourceCredentialFormPage, VaultForm, Verdict,
};

use crate::administration::{questions_of, required_permissions};
use crate::http::console::answer::Answer;
use crate::http::console::days::tomorrow;
use crate::http::console::record::show_form;
use crate::http::console::stop::Stop;
use crate::http::console::vault::carried::open;
use crate::http::console::vault::chooser::choose;
use crate::http::console::vault::draft::{Draft, read};
use crate::http::console::vault::inputs::{Around, field_input, question_input};
use crate::http::console::vault::known::{ENTRY, hosting, source_type};
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;

/// A form of one type and way to authenticate.
pub struct Filled<'a> {
    pub visit: &'a Visit,
    pub draft: Draft,
    pub known: SourceTypeView,
    pub mode: AuthModeView,
    /// The credential that is changed.
    pub before: Option<SourceCredentialView>,
}

/// What a refused form says.
#[derive(Default)]
pub struct Refusal {
    pub errors: Vec<FieldError>,
    pub faults: Faults,
    pub verdict: Option<Verdict>,
    /// Whether nothing is known about the credential: it can be tried again, or saved unchecked.
    pub unverified: bool,
}

pub async fn new(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        let fields = visit.asked.query.iter();
        let draft = read(fields.map(|(name, value)| (name.as_str(), value.as_str())), false);
        match Filled::of(visit, draft, None)? {
            Err(draft) => choose(visit, ChooserFor::SourceCredential, &draft),
            Ok(filled) => {
                visit.ensure_recent()?;
                visit.answer(&filled.page(Refusal::default(), false)?)
            }
        }
    })
    .await
}

pub async fn edit(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view| {
        visit.ensure_recent()?;
        let fields = visit.asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let draft = match visit.asked.query.is_empty() {
            true => Draft::of(&view),
            false => read(fields, false),
        };
        let filled = Filled::of(visit, draft, Some(view))?.map_err(|_| Stop::NotFound)?;
        visit.answer(&filled.page(Refusal::default(), false)?)
    })
    .await
}

impl<'a> Filled<'a> {
    /// The draft alone if its type does not exist. Type and way to authenticate of what is stored are fixed.
    pub fn of(
        visit: &'a Visit,
        mut draft: Draft,
        before: Option<SourceCredentialView>,
    ) -> Result<Result<Self, Draft>, Stop> {
        if let Some(view) = &before {
            draft.source_type = view.source_type.to_string();
            draft.mode = view.auth_mode.to_string();
        }
        let Some(mut known) = source_type(visit, &draft.source_type)? else { return Ok(Err(draft)) };
        let mut current = known.auth_modes.iter().filter(|mode| !mode.retired);
        let mode = match known.auth_modes.iter().find(|mode| mode.id == draft.mode) {
            Some(mode) if before.is_some() || !mode.retired => Some(mode),
            _ => current.next(),
        };
        let Some(mode) = mode.cloned() else { return Ok(Err(draft)) };
        draft.mode.clone_from(&mode.id);
        known.questions = questions_of(&visit.state.administration, &known.id, &mode.id);
        if !known.profiles.iter().any(|profile| profile.id == draft.profile) {
            let usual = known.profiles.iter().find(|profile| profile.default);
            draft.profile = usual.map(|profile| profile.id.clone()).unwrap_or_default();
        }
        Ok(Ok(Self { visit, draft, known, mode, before }))
    }

    /// The form with all that may stand in its address.
    pub fn address(&self) -> Address {
        let links = self.visit.links();
        let form = match &self.before {
            Some(view) => links.edit_source_credential(&view.id.to_string()),
            None => links.new_source_credential(),
        };
        self.draft.address(form, &self.mode)
    }

    /// What both steps have. `sealed` goes on with them.
    pub fn form(&self, sealed: String) -> VaultForm {
        VaultForm {
            id: self.before.as_ref().map(|view| view.id.to_string()),
            known_as: self.before.as_ref().map(|view| view.name.to_string()).unwrap_or_default(),
            source_type: self.known.id.clone(),
            type_name: self.known.name.clone(),
            name: self.draft.name.clone(),
            sealed,
            carried: self.draft.onward(),
            idempotency_key: self.visit.new_attempt(),
            version: self.before.as_ref().map_or(0, |view| view.version),
        }
    }

    /// `refused`: an answer to a form that was sent. Its secrets are kept, sealed, only if `draft.sealed` has them.
    pub fn page(&self, refusal: Refusal, refused: bool) -> Result<SourceCredentialFormPage, Stop> {
        let (visit, draft, known) = (self.visit, &self.draft, &self.known);
        let sealed = open(visit, draft);
        let around =
            Around { before: self.before.as_ref(), sealed: &sealed, refused, errors: &refusal.errors };
        let about_answers = refusal.errors.iter().any(|error| error.field.starts_with("answers."));
        let asks = self.before.is_some() || about_answers || draft.has_answers();
        let questions = known.questions.iter().filter(|_| asks);
        let administration = &visit.state.administration;
        Ok(SourceCredentialFormPage {
            frame: visit.frame(Some(ENTRY)),
            form: self.form(if sealed.is_empty() { String::new() } else { draft.sealed.clone() }),
            hosting: hosting(known).to_owned(),
            notes: known.notes.clone(),
            modes: self.modes(),
            profiles: known.profiles.iter().map(|profile| self.profile(profile)).collect(),
            fields: self.mode.fields.iter().map(|field| field_input(field, draft, around)).collect(),
            permissions: required_permissions(administration, &known.id, &draft.profile),
            questions: questions
                .map(|question| question_input(question, draft, None, &refusal.errors))
                .collect(),
            expires: draft.expires.clone(),
            earliest: tomorrow(visit.now()),
            ask_expiry: self.mode.ask_expiry,
            validate: draft.validate,
            verdict: refusal.verdict,
            unverified: refusal.unverified,
            faults: refusal.faults,
            chooser: self.chooser(),
        })
    }

    fn chooser(&self) -> Address {
        let links = self.visit.links();
        let onward = self.draft.onward().into_iter();
        onward.fold(links.new_source_credential(), |address, (name, value)| address.with(name, &value))
    }

    fn modes(&self) -> Vec<Choice> {
        let own = self.mode.id.as_str();
        let shown = self.known.auth_modes.iter().filter(|mode| !mode.retired || mode.id == own);
        let choice = |mode: &AuthModeView| Choice {
            value: mode.id.clone(),
            title: mode.label.clone(),
            chosen: mode.id == own,
        };
        shown.map(choice).collect()
    }

    fn profile(&self, profile: &ProfileView) -> ProfileChoice {
        ProfileChoice {
            id: profile.id.clone(),
            label: profile.label.clone(),
            permissions: u64::try_from(profile.required.len()).unwrap_or(u64::MAX),
            chosen: profile.id == self.draft.profile,
        }
    }
}

/// 422, unless said otherwise.
pub fn refused_page(
    filled: &Filled<'_>,
    refusal: Refusal,
    status: actix_web::http::StatusCode,
) -> Result<Answer, Stop> {
    Ok(Answer::page_with(status, &filled.page(refusal, true)?, None)?)
}
