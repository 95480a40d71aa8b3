//! API tokens, personal access tokens, application credentials.

use claviger_console::{
    ApplicationForm, Cell, Choice, Entry, Faults, FormPage, Frame, Lifecycle, ListQuery, MatrixRow,
    NewTokenPage, OfferedAction, Pager, RevokeTokenPage, ScopeWord, SecretAgainPage, SecretPage, ShownValue,
    Stale, TokenCounts, TokenFault, TokenKind, TokenListPage, TokenPage, TokenRow, TokenTab,
    application_form, application_renewal_form, token_fault,
};
use claviger_domain::Role;

use super::credentials::events;
use super::frame::{at, chosen, framed_as, links, texts};
use super::{Sample, sample};

const ID: &str = "019d1a6e-1b77-7d02-8f4c-b90ca41c09f2";

pub fn samples() -> Vec<Sample> {
    let member = TokenListPage { frame: framed(TokenKind::Api, Role::Member), owners: false, ..list() };
    let nothing = TokenListPage { counts: None, rows: Vec::new(), ..list() };
    let none = TokenListPage { rows: Vec::new(), filter_dropped: true, ..list() };
    let mut no_match = TokenListPage { rows: Vec::new(), ..list() };
    no_match.query = no_match.query.replaced("q", &chosen("rig"));
    vec![
        sample("api-tokens", list()),
        sample("api-tokens-member", member),
        sample("api-tokens-empty", nothing),
        sample("api-tokens-no-tab", none),
        sample("api-tokens-none", no_match),
        sample("api-token-new", new(TokenKind::Api, Faults::default())),
        sample("api-token-new-faults", NewTokenPage { matrix: Vec::new(), words: Vec::new(), ..faulty() }),
        sample("personal-token-new", new(TokenKind::Personal, Faults::default())),
        sample("application-credential-new", faulty()),
        sample("api-token", detail(TokenKind::Api)),
        sample("application-credential", detail(TokenKind::Application)),
        sample("api-token-revoke", revoke(TokenKind::Api)),
        sample(
            "application-credential-revoke",
            RevokeTokenPage { last_used_at: None, ..revoke(TokenKind::Application) },
        ),
        sample("application-credential-edit", edit(false)),
        sample("application-credential-edit-stale", edit(true)),
        sample(
            "application-credential-renew",
            application_renewal_form(
                framed(TokenKind::Application, Role::Member),
                (ID, &chosen("ci-bot")),
                Some(at("2026-11-29T09:12:00Z")),
                vec![("idempotency_key", "1f0c".to_owned())],
                Faults::default(),
            ),
        ),
        sample("api-token-once", once()),
        sample(
            "api-token-once-again",
            SecretAgainPage {
                frame: framed(TokenKind::Api, Role::Member),
                up: (links().api_tokens(), "API tokens"),
                name: chosen("Laptop, git"),
                noun: "token",
                open: links().token(&TokenKind::Api, ID),
                lost: "If not, revoke it and create a new one.",
            },
        ),
    ]
}

fn framed(kind: TokenKind, role: Role) -> Frame {
    let mut frame = framed_as(role, Entry::Overview);
    frame.active = kind.entry();
    frame
}

fn lifecycle(expires_at: &str, last_used_at: Option<&str>) -> Lifecycle {
    Lifecycle {
        created_at: at("2026-09-05T09:12:00Z"),
        expires_at: Some(at(expires_at)),
        revoked_at: None,
        overlap_ends_at: None,
        last_used_at: last_used_at.map(at),
    }
}

fn list() -> TokenListPage {
    let row = |title: &str, scopes: &[&str], lifecycle, owner: &str| TokenRow {
        id: ID.to_owned(),
        title: chosen(title),
        scopes: texts(scopes),
        lifecycle,
        ended_with_realm: scopes.len() > 2,
        owner: chosen(owner),
    };
    let query = ListQuery {
        list: links().api_tokens(),
        fields: vec![("status", "live".to_owned()), ("sort", "-last_used_at".to_owned())],
    };
    let any = Choice { value: String::new(), title: "Any scope".to_owned(), chosen: true };
    TokenListPage {
        frame: framed(TokenKind::Api, Role::AccountHolder),
        kind: TokenKind::Api,
        tab: TokenTab::Live,
        counts: Some(TokenCounts { live: 31, own: 2, expiring_soon: 1, unused: 4, expired: 9, revoked: 22 }),
        query,
        scopes: vec![any],
        owners: true,
        filter_dropped: false,
        rows: vec![
            row(
                "Laptop, git",
                &["source:read-update"],
                lifecycle("2027-02-26T00:00:00Z", Some("2026-11-28T18:35:00Z")),
                "Ana Souza",
            ),
            row(
                "Yocto build host",
                &["containers:read", "source:read", "ci:read-update"],
                lifecycle("2026-12-01T00:00:00Z", Some("2026-11-28T18:39:00Z")),
                "Mina Park",
            ),
            row("", &["targets:read"], lifecycle("2027-01-12T00:00:00Z", None), "Rui Costa"),
        ],
        pager: Pager { first: Some(1), shown: 3, total: 3, previous: None, next: None },
    }
}

fn new(kind: TokenKind, faults: Faults) -> NewTokenPage {
    let row = |of: &str, description: &str, actions: &[(&str, &str)]| MatrixRow {
        of: of.to_owned(),
        description: chosen(description),
        offered: actions
            .iter()
            .map(|(action, words)| OfferedAction {
                action: (*action).to_owned(),
                words: chosen(words),
                ticked: *action == "read-update" && of == "source",
            })
            .collect(),
    };
    NewTokenPage {
        frame: framed(kind, Role::Member),
        kind,
        name: chosen("ci-bot"),
        description: chosen("Laptop, git"),
        expires: "2027-02-26".to_owned(),
        earliest: "2026-11-29".to_owned(),
        expires_hint: "At the start of that day, UTC. In 90 days.".to_owned(),
        preset: Some("git"),
        matrix: vec![
            row(
                "source",
                "Git repositories",
                &[
                    ("read", "Clone, fetch, pull"),
                    ("read-update", "Push to branches"),
                    ("delete", "Force-push"),
                ],
            ),
            row(
                "containers",
                "Container registry",
                &[("read", "docker pull"), ("read-update", "docker push")],
            ),
        ],
        more_resources: kind.is_client(),
        words: vec![ScopeWord {
            scope: "billing".to_owned(),
            description: chosen("See what is billed"),
            ticked: false,
        }],
        idempotency_key: "1f0c".to_owned(),
        faults,
    }
}

fn faulty() -> NewTokenPage {
    let faults = [TokenFault::NameMissing, TokenFault::PastDay, TokenFault::NoScope].map(token_fault);
    new(TokenKind::Application, Faults(faults.to_vec()))
}

fn detail(kind: TokenKind) -> TokenPage {
    TokenPage {
        frame: framed(kind, Role::Member),
        kind,
        id: ID.to_owned(),
        title: chosen("Laptop, git"),
        description: if kind.is_client() { chosen("Runs at night") } else { String::new() },
        owner: chosen("Mina Park"),
        revocable: true,
        editable: kind.is_client(),
        renewable: kind.is_client(),
        lifecycle: lifecycle("2027-02-26T00:00:00Z", Some("2026-11-28T18:35:00Z")),
        ended_with_realm: false,
        scopes: vec![("source:read-update".to_owned(), true), ("devices:delete".to_owned(), false)],
        events: events(),
    }
}

fn edit(stale: bool) -> FormPage {
    let NewTokenPage { matrix, words, .. } = new(TokenKind::Application, Faults::default());
    let quicker = Stale {
        by: chosen("Mina Park"),
        at: at("2026-11-28T18:35:00Z"),
        now: vec![("Scopes", Cell::codes_or(texts(&["source:read"]), "none"))],
    };
    let form = ApplicationForm {
        description: chosen("Runs at night"),
        matrix,
        words,
        more_resources: true,
        hidden: vec![("etag", "\"7\"".to_owned())],
        faults: if stale { Faults::default() } else { Faults(vec![token_fault(TokenFault::NoScope)]) },
        stale: stale.then_some(quicker),
    };
    application_form(framed(TokenKind::Application, Role::Member), ID, &chosen("ci-bot"), form)
}

fn revoke(kind: TokenKind) -> RevokeTokenPage {
    RevokeTokenPage {
        frame: framed(kind, Role::Member),
        kind,
        id: ID.to_owned(),
        title: chosen("Laptop, git"),
        owner: chosen("Mina Park"),
        last_used_at: Some(at("2026-11-28T18:35:00Z")),
    }
}

fn once() -> SecretPage {
    let value =
        |label, field, value: &str, secret| ShownValue { label, field, value: value.to_owned(), secret };
    SecretPage {
        frame: framed(TokenKind::Api, Role::Member),
        up: (links().api_tokens(), "API tokens"),
        name: chosen("Laptop, git"),
        noun: "token",
        values: vec![
            value("Token", "token", "clva_7Qm2xV9tRb4LsW0pYc8HdZ3nKf6GjA1uE0aB1c", true),
            value("Realm", "realm", "acme", false),
        ],
        example: Some(" curl -H \"Authorization: Bearer $TOKEN\" https://auth.acme.example".to_owned()),
        download: Some(links().download_token(&TokenKind::Api)),
        close: links().token(&TokenKind::Api, ID),
        lost: "If it is lost, revoke it and create a new one.",
    }
}
