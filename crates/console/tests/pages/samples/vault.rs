//! Source credentials and sources.

use claviger_console::{
    Choice, ChooserFor, CredentialChoice, CredentialHealth, Entry, Faults, FieldInput, InputKind, Kept,
    LinkedSource, ListTab, Mark, NotSaved, PermissionLine, PermissionVerdict, ProfileChoice, QuestionInput,
    Retrieval, SourceCredentialFormPage, SourceCredentialPage, SourceCredentialQuestionsPage,
    SourceCredentialRow, SourceCredentialTab, SourceFormPage, SourcePage, SourceRow, SourceTab, StoppedBy,
    Tone, TypeChooserPage, TypeTile, VaultForm, Verdict, source_credential_list, source_list,
};
use claviger_domain::{Role, ValidationOutcome};

use super::credentials::{ID, events};
use super::frame::{at, chosen, framed, framed_as, links, texts};
use super::lists::listed;
use super::{Sample, sample};

const ENTRY: Entry = Entry::SourceCredentials;

pub fn samples() -> Vec<Sample> {
    let rows = rows();
    let state = || listed(links().source_credentials(), SourceCredentialTab::ALL, &[18, 3, 1, 2, 4]);
    let sources = || listed(links().sources(), SourceTab::ALL, &[12, 11, 1]);
    let auditor = |entry| framed_as(Role::Auditor, entry);
    let why = |outcome| {
        let why = NotSaved { outcome, missing: 1, provider: "GitHub".to_owned(), noun: "token" };
        Verdict { mark: why.mark(), sentence: why.sentence(), ..verdict(true) }
    };
    vec![
        sample("source-credentials", source_credential_list(framed(ENTRY), state(), &rows)),
        sample("source-credentials-auditor", source_credential_list(auditor(ENTRY), state(), &rows)),
        sample("source-credential-types", chooser(ChooserFor::SourceCredential)),
        sample("source-types", chooser(ChooserFor::Source)),
        sample("source-credential-new", form(None)),
        sample("source-credential-edit", form(Some(ID.to_owned()))),
        sample("source-credential-refused", refused(why(ValidationOutcome::InsufficientPermission), false)),
        sample("source-credential-unverified", refused(why(ValidationOutcome::Unreachable), true)),
        sample("source-credential-questions", questions(None)),
        sample("source-credential-questions-wrong", questions(Some("\"octo\": there is no such one."))),
        sample("source-credential", detail(framed(ENTRY), Some(verdict(false)))),
        sample("source-credential-unchecked", detail(framed(ENTRY), None)),
        sample("source-credential-auditor", detail(auditor(ENTRY), Some(verdict(true)))),
        sample("sources", source_list(framed(Entry::Sources), sources(), &source_rows())),
        sample("source", source(framed(Entry::Sources), false)),
        sample("source-stopped", source(framed(Entry::Sources), true)),
        sample("source-auditor", source(auditor(Entry::Sources), true)),
        sample("source-new", source_form(None)),
        sample("source-edit", source_form(Some(ID.to_owned()))),
    ]
}

fn health(outcome: ValidationOutcome, missing: u64, expires: Option<&str>) -> CredentialHealth {
    CredentialHealth { outcome, missing, scopes_unknown: false, expires_at: expires.map(at) }
}

fn rows() -> Vec<SourceCredentialRow> {
    let row = |name: &str, of: &str, health| SourceCredentialRow {
        id: ID.to_owned(),
        name: chosen(name),
        of: of.to_owned(),
        health,
        sources: 3,
        updated_at: at("2026-11-03T09:12:00Z"),
        updated_by: chosen("Mina Park"),
    };
    vec![
        row(
            "acme-data",
            "GitHub, Personal access token",
            health(ValidationOutcome::InsufficientPermission, 1, Some("2027-01-14T00:00:00Z")),
        ),
        row("acme-platform", "GitHub, GitHub App", health(ValidationOutcome::Ok, 0, None)),
        row("gitlab-eu", "GitLab, Token", health(ValidationOutcome::Ok, 0, Some("2026-12-03T18:40:12Z"))),
        row("jenkins-legacy", "Jenkins, API token", health(ValidationOutcome::Skipped, 0, None)),
        row("datadog-read", "Datadog, Keys", health(ValidationOutcome::Unreachable, 0, None)),
    ]
}

fn source_rows() -> Vec<SourceRow> {
    let row = |name: &str, active| SourceRow {
        id: ID.to_owned(),
        name: chosen(name),
        type_name: "GitHub".to_owned(),
        active,
        credential: if active { chosen("acme-data") } else { String::new() },
        retrieved_at: active.then(|| at("2026-11-28T18:00:00Z")),
        updated_at: at("2026-11-02T09:12:00Z"),
        updated_by: chosen("Mina Park"),
    };
    vec![row("github-acme-repos", false), row("github-labs", true)]
}

fn chooser(purpose: ChooserFor) -> TypeChooserPage {
    let tile = |name: &str, more: &str| TypeTile {
        name: name.to_owned(),
        more: more.to_owned(),
        address: links().new_source_credential().with("type", "github"),
    };
    TypeChooserPage {
        frame: framed(ENTRY),
        purpose,
        types: vec![tile("Azure Boards", "cloud"), tile("GitHub", "cloud"), tile("Jira", "both")],
    }
}

fn vault_form(id: Option<String>) -> VaultForm {
    VaultForm {
        known_as: if id.is_some() { chosen("acme-data") } else { String::new() },
        id,
        source_type: "github".to_owned(),
        type_name: "GitHub".to_owned(),
        name: chosen("acme-data"),
        sealed: String::new(),
        carried: Vec::new(),
        idempotency_key: "attempt".to_owned(),
        version: 3,
    }
}

fn field(name: &str, label: &str, kind: InputKind, value: &str) -> FieldInput {
    FieldInput {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        value: value.to_owned(),
        required: true,
        help: "Classic: repo, read:org, read:user.".to_owned(),
        placeholder: String::new(),
        kept: Kept::Nothing,
        fault: None,
    }
}

fn question() -> QuestionInput {
    let listed = |name: &str, ticked| Choice { value: chosen(name), title: chosen(name), chosen: ticked };
    QuestionInput {
        id: "organizations".to_owned(),
        label: "Organizations".to_owned(),
        prompt: "Which GitHub organizations should be read?".to_owned(),
        multi: true,
        optional: false,
        listed: vec![listed("acme", true), listed("acme-labs", false)],
        manual: true,
        typed: chosen("octo"),
        why_none: String::new(),
        fault: None,
    }
}

fn form(id: Option<String>) -> SourceCredentialFormPage {
    let choice = |value: &str, title: &str, chosen| Choice {
        value: value.to_owned(),
        title: title.to_owned(),
        chosen,
    };
    let kept = if id.is_some() { Kept::Stored } else { Kept::Nothing };
    let token = FieldInput {
        placeholder: "ghp_… or github_pat_…".to_owned(),
        kept,
        ..field("token", "Personal access token", InputKind::Secret, "")
    };
    let key = FieldInput { required: false, ..field("key", "Private key", InputKind::SecretLines, "") };
    let site = InputKind::Select(vec![choice("eu", "eu", true), choice("us", "us", false)]);
    let profile = |id: &str, label: &str, permissions, chosen| ProfileChoice {
        id: id.to_owned(),
        label: label.to_owned(),
        permissions,
        chosen,
    };
    SourceCredentialFormPage {
        frame: framed(ENTRY),
        hosting: "cloud".to_owned(),
        notes: "Classic tokens list their scopes.".to_owned(),
        modes: vec![choice("token", "Personal access token", true), choice("app", "GitHub App", false)],
        profiles: vec![
            profile("default", "Code and organization", 6, true),
            profile("copilot", "Code, organization and Copilot data", 7, false),
        ],
        fields: vec![
            token,
            key,
            field("url", "Address", InputKind::Url, &chosen("https://github.example")),
            field("number", "App ID", InputKind::Number, "7"),
            field("site", "Site", site, "eu"),
            field("projects", "Projects", InputKind::Lines, &chosen("a")),
            field("server", "Server", InputKind::Text, &chosen("main")),
            field("deep", "Deep", InputKind::Switch, "true"),
        ],
        permissions: texts(&["Metadata (repo)", "Contents (repo)", "Members (read:org)", "User profiles"]),
        questions: if id.is_some() { vec![question()] } else { Vec::new() },
        expires: String::new(),
        earliest: "2026-11-29".to_owned(),
        ask_expiry: false,
        validate: true,
        verdict: None,
        unverified: false,
        faults: Faults::default(),
        chooser: links().new_source_credential(),
        form: vault_form(id),
    }
}

fn verdict(missing: bool) -> Verdict {
    let line = |label: &str, verdict| PermissionLine { label: label.to_owned(), verdict, required: true };
    let first = if missing { PermissionVerdict::Missing } else { PermissionVerdict::Granted };
    Verdict {
        mark: Mark::new(Tone::Ok, "ok", "The token works"),
        provider: "GitHub".to_owned(),
        sentence: String::new(),
        identity: Some(chosen("acme-data-bot")),
        at: at("2026-11-28T18:40:02Z"),
        permissions: vec![
            line("Repositories, pull requests, contents", PermissionVerdict::Granted),
            line("User profiles", PermissionVerdict::Unknown),
            line("Organization members", first),
        ],
        excess: vec![chosen("delete_repo")],
        sentences: vec![chosen("The token lacks read:org.")],
    }
}

fn refused(verdict: Verdict, unverified: bool) -> SourceCredentialFormPage {
    let mut page = form(None);
    if unverified {
        page.form.sealed = "key.sealed".to_owned();
        page.fields[0].kept = Kept::Sealed;
    } else {
        page.fields[0].fault = Some("This token lacks a permission.".to_owned());
    }
    SourceCredentialFormPage { verdict: Some(verdict), unverified, ..page }
}

fn questions(fault: Option<&str>) -> SourceCredentialQuestionsPage {
    let repository = QuestionInput {
        id: "repositories".to_owned(),
        label: "Private repository".to_owned(),
        multi: false,
        optional: true,
        listed: Vec::new(),
        why_none: "The provider lists none for it. Type it.".to_owned(),
        typed: String::new(),
        ..question()
    };
    SourceCredentialQuestionsPage {
        frame: framed(ENTRY),
        form: VaultForm { sealed: "key.sealed".to_owned(), ..vault_form(None) },
        typed: vec![("name".to_owned(), chosen("acme-data")), ("type".to_owned(), "github".to_owned())],
        verdict: verdict(false),
        questions: vec![QuestionInput { fault: fault.map(str::to_owned), ..question() }, repository],
        first_step: links().new_source_credential().with("name", &chosen("acme-data")),
    }
}

fn detail(frame: claviger_console::Frame, verdict: Option<Verdict>) -> SourceCredentialPage {
    let outcome = if verdict.is_some() { ValidationOutcome::Ok } else { ValidationOutcome::Skipped };
    let linked = |name: &str| LinkedSource { id: ID.to_owned(), name: chosen(name) };
    SourceCredentialPage {
        frame,
        id: ID.to_owned(),
        name: chosen("acme-data"),
        slug: "acme-data".to_owned(),
        type_name: "GitHub".to_owned(),
        mode: "Personal access token".to_owned(),
        health: health(outcome, 0, Some("2027-01-14T00:00:00Z")),
        failed_since: verdict.is_some().then(|| at("2026-11-27T09:12:00Z")),
        sources: if verdict.is_some() { vec![linked("github-acme-repos")] } else { Vec::new() },
        linked: if verdict.is_some() { 23 } else { 0 },
        verdict,
        profile: Some("Code and organization".to_owned()),
        fields: vec![("Address".to_owned(), chosen("https://github.example"))],
        secrets: texts(&["Personal access token"]),
        answers: vec![("Organizations".to_owned(), vec![chosen("acme")])],
        expires_at: Some(at("2027-01-14T00:00:00Z")),
        version: 4,
        created_at: at("2026-01-05T09:12:00Z"),
        created_by: chosen("Rui Costa"),
        updated_at: at("2026-11-03T09:12:00Z"),
        updated_by: chosen("Mina Park"),
        events: events(),
    }
}

fn choice(chosen_one: bool) -> CredentialChoice {
    CredentialChoice {
        id: ID.to_owned(),
        name: chosen("acme-platform"),
        mark: Mark::new(Tone::Ok, "ok", "Valid"),
        chosen: chosen_one,
    }
}

fn source(frame: claviger_console::Frame, stopped: bool) -> SourcePage {
    let row = |when: &str, mark, items| Retrieval {
        at: at(when),
        actor: chosen("nightly-import"),
        credential: format!("{}, version 4", chosen("acme-data-old")),
        mark,
        items,
    };
    SourcePage {
        frame,
        id: ID.to_owned(),
        name: chosen("github-acme-repos"),
        type_name: "GitHub".to_owned(),
        credential: (!stopped).then(|| (ID.to_owned(), chosen("acme-data"))),
        expired: false,
        stopped_by: stopped.then(|| StoppedBy {
            actor: chosen("Mina Park"),
            credential: chosen("acme-data-old"),
            at: at("2026-11-28T14:05:44Z"),
        }),
        credentials: if stopped { vec![choice(false)] } else { Vec::new() },
        has_list: true,
        retrievals: vec![
            row("2026-11-28T14:00:02Z", Mark::new(Tone::Ok, "ok", "Retrieved"), Some(206)),
            row("2026-11-28T12:00:03Z", Mark::new(Tone::Bad, "stop", "Not accepted"), None),
        ],
        settings: vec![(chosen("repository"), chosen("acme/backend"))],
        answers: vec![("Organizations".to_owned(), vec![chosen("acme")])],
        last_retrieved_at: Some(at("2026-11-28T14:00:02Z")),
        etag: "\"7\"".to_owned(),
        created_at: at("2025-03-12T09:12:00Z"),
        created_by: chosen("Rui Costa"),
        updated_at: at("2026-11-02T09:12:00Z"),
        updated_by: chosen("Mina Park"),
        events: events(),
    }
}

fn source_form(id: Option<String>) -> SourceFormPage {
    SourceFormPage {
        frame: framed(Entry::Sources),
        known_as: if id.is_some() { chosen("github-acme-repos") } else { String::new() },
        credentials: if id.is_some() { vec![choice(true)] } else { Vec::new() },
        id,
        source_type: "github".to_owned(),
        type_name: "GitHub".to_owned(),
        name: chosen("github-acme-repos"),
        settings: chosen("{\"repository\": \"acme/backend\"}"),
        etag: "\"7\"".to_owned(),
        idempotency_key: "attempt".to_owned(),
        faults: Faults::default(),
    }
}
