//! Signing in, refusals, one's own account.

use claviger_console::{
    AccountPage, Alone, ApprovedCode, ChooseRealmPage, CodeKind, CommandLineApprovedPage, CommandLinePage,
    CommandLineRequest, ConfirmPage, Denied, Entry, Loopback, NoPermissionPage, NodesInStep, Note,
    OwnLocalAccount, Problem, ProblemPage, ProblemPageInRealm, QrCode, RealmChoice, RecoveryCodesPage,
    SecondFactorPage, SessionRow, SignInCodePage, SignInError, SignInNote, SignInPage, Site, Tone,
};
use claviger_domain::Role;

use super::frame::{NOW, alone, at, chosen, framed, framed_as, links};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    let mut samples = vec![
        sample("sign-in", sign_in(None, None)),
        sample("sign-in-local", sign_in(Some(SignInError::NoMatch), None)),
        sample("sign-in-silent", sign_in(Some(at_provider()), None)),
        sample("sign-in-no-role", sign_in(Some(no_role()), None)),
        sample("sign-in-approval", sign_in(Some(needs_approval()), None)),
        sample("signed-out", sign_in(None, Some(SignInNote::SignedOut))),
        sample("signed-out-idle", sign_in(None, Some(SignInNote::Idle { minutes: 30 }))),
        sample("session-ended", sign_in(None, Some(SignInNote::Ended))),
        sample("sign-in-no-provider", SignInPage { provider: None, ..sign_in(None, None) }),
        sample("sign-in-code", code(CodeKind::Authenticator, false)),
        sample("sign-in-recovery", code(CodeKind::Recovery, true)),
        sample("confirm-you", confirm(Some("Acme SSO"))),
        sample("confirm-you-local", confirm(None)),
        sample("confirm-you-password", ConfirmPage { asks_code: false, ..confirm(None) }),
        sample("choose-realm", choose(true)),
        sample("choose-realm-unknown", choose(false)),
        sample("account", account()),
        sample("account-password-alone", password_alone()),
        sample("second-factor", second_factor(false)),
        sample("second-factor-wrong", SecondFactorPage { wrong: true, ..second_factor(true) }),
        sample("recovery-codes", recovery_codes()),
        sample("command-line", command_line(Some(loopback()))),
        sample("command-line-code", command_line(None)),
        sample("command-line-approved", command_line_approved(true)),
        sample("command-line-approved-code", command_line_approved(false)),
    ];
    samples.extend(denials().map(|(name, role, denied)| {
        let frame = framed_as(role, Entry::ServiceCredentials);
        sample(name, NoPermissionPage { frame, denied })
    }));
    samples.extend(problems().map(|(name, problem)| sample(name, ProblemPage { frame: alone(), problem })));
    samples.push(sample("not-found-in-realm", {
        let mut frame = framed(Entry::ServiceCredentials);
        frame.active = None;
        frame.nodes = Some(NodesInStep { in_step: 2, all: 3 });
        ProblemPageInRealm { frame, problem: Problem::NotFound }
    }));
    samples
}

fn no_role() -> SignInError {
    SignInError::NoRole { email: "jonas@acme.example".to_owned() }
}

fn at_provider() -> SignInError {
    let sentence = format!("{} does not answer. Try again, or use the local account.", chosen("Acme SSO"));
    SignInError::Because { sentence }
}

fn needs_approval() -> SignInError {
    SignInError::NeedsApproval { email: "ana@acme.example".to_owned() }
}

fn sign_in(error: Option<SignInError>, note: Option<SignInNote>) -> SignInPage {
    SignInPage {
        frame: alone(),
        links: links(),
        realm_name: chosen("Acme Robotics"),
        host: "auth.acme.example".to_owned(),
        provider: Some(chosen("Acme SSO")),
        local_accounts: true,
        email: if error.is_some() { "holder@acme.example".to_owned() } else { String::new() },
        error,
        note,
        next: "/console/acme/service-credentials".to_owned(),
    }
}

fn code(kind: CodeKind, wrong: bool) -> SignInCodePage {
    SignInCodePage {
        frame: alone(),
        links: links(),
        kind,
        email: "holder@acme.example".to_owned(),
        wrong,
        recovery_codes_left: 7,
        next: String::new(),
    }
}

fn confirm(provider: Option<&str>) -> ConfirmPage {
    ConfirmPage {
        frame: alone(),
        links: links(),
        signed_in_at: at("2026-11-28T15:30:00Z"),
        now: at(NOW),
        provider: provider.map(chosen),
        asks_code: true,
        email: "ana@acme.example".to_owned(),
        wrong: provider.is_none(),
        failed: provider.map(|name| format!("{} has not confirmed who you are.", chosen(name))),
        next: "/console/acme/service-credentials/new/summary?name=x".to_owned(),
        back: "/console/acme/service-credentials".to_owned(),
    }
}

fn choose(known: bool) -> ChooseRealmPage {
    let known_realm =
        |label: &str, name: &str| RealmChoice { links: Site::default().realm(label), name: chosen(name) };
    let realms = [known_realm("acme", "Acme Robotics"), known_realm("acme-test", "Acme Robotics, test")];
    let mut frame = alone();
    frame.place = "auth.acme.example".to_owned();
    ChooseRealmPage {
        frame,
        realms: if known { realms.to_vec() } else { Vec::new() },
        typed: if known { String::new() } else { "acmee".to_owned() },
        unknown: !known,
    }
}

fn denials() -> impl Iterator<Item = (&'static str, Role, Denied)> {
    let entry = Entry::ServiceCredentials;
    [
        ("no-permission", Role::Member, Denied::Opening(entry)),
        ("no-permission-auditor", Role::Auditor, Denied::Changing(entry)),
        ("no-permission-holders", Role::SysAdmin, Denied::ForAccountHolders(Entry::Members)),
        ("role-changed", Role::Member, Denied::RoleChanged(entry)),
    ]
    .into_iter()
}

fn problems() -> impl Iterator<Item = (&'static str, Problem)> {
    [
        ("not-found", Problem::NotFound),
        (
            "refused",
            Problem::Refused { why: "the realm has 100000 members, the most it may have".to_owned() },
        ),
        ("no-lease", Problem::NoLease { again: true }),
        ("outcome-unknown", Problem::OutcomeUnknown),
        ("broken", Problem::Broken { request_id: "8f2c6d0e4b1a4c41".to_owned() }),
        ("too-many", Problem::TooMany { seconds: 40 }),
        ("foreign-form", Problem::ForeignForm),
        ("malformed", Problem::Malformed),
        ("too-long", Problem::TooLong),
        ("confirm-first", Problem::ConfirmFirst { address: links().confirm() }),
    ]
    .into_iter()
}

fn password_alone() -> AccountPage {
    let password_set_at = at("2026-09-01T09:00:00Z");
    let local = OwnLocalAccount { password_set_at, has_second_factor: false, recovery_codes_left: 0 };
    AccountPage { local_account: Some(local), ..account() }
}

fn second_factor(replaces: bool) -> SecondFactorPage {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let address = format!("otpauth://totp/Acme%20Robotics:holder%40acme.example?secret={secret}");
    let links = links();
    SecondFactorPage {
        frame: alone(),
        email: "holder@acme.example".to_owned(),
        qr: QrCode::of(&address),
        secret: secret.to_owned(),
        sealed: "k1.c2VhbGVk".to_owned(),
        action: links.set_up_second_factor(),
        later: (links.sign_in(), "Not now: sign in with the password alone"),
        replaces,
        wrong: false,
    }
}

fn recovery_codes() -> RecoveryCodesPage {
    let code = |letter: char| format!("abcd-efgh-ijkl-mno{letter}");
    RecoveryCodesPage {
        frame: alone(),
        email: "holder@acme.example".to_owned(),
        codes: ('a'..='j').map(code).collect(),
        close: links().sign_in(),
    }
}

/// With what a stranger may have put into the link.
fn loopback() -> Loopback {
    Loopback { port: 40_123, state: chosen("ZXhhbXBsZQ") }
}

fn command_line(loopback: Option<Loopback>) -> CommandLinePage {
    CommandLinePage {
        frame: alone(),
        links: links(),
        host: "auth.acme.example".to_owned(),
        email: "ana@acme.example".to_owned(),
        request: CommandLineRequest {
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
            device: chosen("ana-laptop"),
            loopback,
        },
        days: 90,
        expires_at: at("2027-02-26T18:40:12Z"),
    }
}

fn command_line_approved(sent: bool) -> CommandLineApprovedPage {
    let code = "k1.c2VhbGVk";
    CommandLineApprovedPage {
        frame: Alone { csrf: String::new(), ..alone() },
        email: "ana@acme.example".to_owned(),
        device: chosen("ana-laptop"),
        code: match sent {
            true => ApprovedCode::Sent(loopback().approved(code)),
            false => ApprovedCode::Shown { code: code.to_owned(), seconds: 60 },
        },
    }
}

fn account() -> AccountPage {
    let session = |id: &str, current, browser: &str, by: &str, signed_in_at, last_seen_at| SessionRow {
        id: id.to_owned(),
        current,
        browser: chosen(browser),
        address: "203.0.113.7".to_owned(),
        by: chosen(by),
        signed_in_at: at(signed_in_at),
        last_seen_at: at(last_seen_at),
    };
    let mut frame = framed(Entry::Overview);
    frame.active = None;
    frame.note = Some(Note {
        tone: Tone::Ok,
        words: "The session of Firefox on Linux ended; everyone confirmed in 11 ms.".to_owned(),
        receipt: None,
    });
    AccountPage {
        frame,
        groups: vec![chosen("Builders"), chosen("Readers")],
        sessions: vec![
            session("1", true, "Chromium on Linux", "Acme SSO", "2026-11-28T15:30:00Z", NOW),
            session("2", false, "Safari on iOS", "Acme SSO", "2026-11-27T07:00:00Z", "2026-11-28T18:12:00Z"),
            session(
                "3",
                false,
                "Command line",
                "device code",
                "2026-11-01T07:00:00Z",
                "2026-11-26T09:00:00Z",
            ),
        ],
        local_account: Some(OwnLocalAccount {
            password_set_at: at("2026-09-01T09:00:00Z"),
            has_second_factor: true,
            recovery_codes_left: 7,
        }),
        server_url: "https://auth.acme.example".to_owned(),
    }
}
