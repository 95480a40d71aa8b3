//! Checks that the flags of each command that creates or changes something are the members of the body that the API
//! takes.

use std::collections::BTreeSet;

use clap::{Args, CommandFactory};
use claviger_api::{Body, Schema};
use serde::Serialize;
use serde_json::Value;

use crate::command_line::CommandLine;
use crate::commands::credentials::application_credential::{
    ApplicationCredentialEdit, NewApplicationCredential,
};
use crate::commands::realms::group::{GroupEdit, NewGroup};
use crate::commands::realms::member::{MemberEdit, NewMember};
use crate::commands::realms::resource::{NewResource, ResourceEdit};
use crate::commands::realms::resource_server::NewResourceServer;
use crate::commands::realms::scope::{NewScope, ScopeEdit};
use crate::commands::realms::sign_in::SignInFlags;
use crate::commands::tokens::api_token::NewApiToken;
use crate::commands::tokens::personal_access_token::NewPersonalAccessToken;
use crate::commands::vault::source::{NewSource, SourceEdit};
use crate::commands::vault::source_credential_flags::{NewSourceCredential, SourceCredentialEdit};
use crate::commands::webhooks::webhook_flags::{NewWebhook, WebhookEdit, WebhookRotation};
use crate::values::credential_flags::{CredentialEdit, CredentialRenewal, NewCredential};
use crate::values::realm_settings::RealmSettings;

/// Verbs whose commands send a body.
const VERBS: [&str; 6] = ["create", "edit", "renew", "rotate", "rotate-secret", "set"];

/// Their bodies may hold a private key, which the command line reads from a file or generates. Only the server has a
/// type for them.
const WITH_PRIVATE_KEY: [&str; 3] = ["signing-key create", "signing-key rotate", "registry-key rotate"];

/// Each says something in place of another flag.
const ALTERNATIVES: [&str; 6] =
    ["never", "no_groups", "no_resources", "no_scopes", "any_registry", "all_events"];

/// One is sent in the query, one is for the person at the terminal, one decides where the body is sent.
const NOT_IN_BODY: [&str; 3] = ["wait", "yes", "dry_run"];

const ID: &str = "0198a1c0-0000-7000-8000-000000000000";

#[test]
fn flags_are_the_members_of_the_body() {
    let edit = |noun: &str, flags: &str| format!("{noun} edit {ID} {flags}");
    let checked = [
        check::<NewCredential, claviger_api::NewCredential>(
            "credential create a --description d --days 90 --token-ttl 1h --group g --resource t/n:x,y \
             --admin-scope admin/groups:read",
        ),
        check::<CredentialEdit, claviger_api::CredentialEdit>(&edit(
            "credential",
            "--group g --resource t/n:x",
        )),
        check::<CredentialRenewal, claviger_api::CredentialRenewal>(&format!(
            "credential renew {ID} --overlap 24h"
        )),
        check::<CredentialRenewal, claviger_api::CredentialRenewal>(&format!(
            "application-credential renew {ID} --overlap 24h"
        )),
        check::<CredentialRenewal, claviger_api::CredentialRenewal>(&format!(
            "resource-server renew {ID} --overlap 24h"
        )),
        check::<NewApplicationCredential, claviger_api::NewApplicationCredential>(
            "application-credential create a --description d --scope s:read --preset git --expires-at 2027-01-31",
        ),
        check::<ApplicationCredentialEdit, claviger_api::ApplicationCredentialEdit>(&edit(
            "application-credential",
            "--description d --scope s:read",
        )),
        check::<NewApiToken, claviger_api::NewMemberToken>(
            "api-token create --description d --expires-at 2027-01-31 --scope s:read --preset git",
        ),
        check::<NewPersonalAccessToken, claviger_api::NewMemberToken>(
            "personal-access-token create --description d --expires-at 2027-01-31 --scope admin:read",
        ),
        check::<NewGroup, claviger_api::NewGroup>(
            "group create g --description d --responsible r --scope s:read --resource t/n:x",
        ),
        check::<GroupEdit, claviger_api::GroupEdit>(
            "group edit g --description d --responsible r --scope s:read --resource t/n:x",
        ),
        check::<NewMember, claviger_api::NewMember>(
            "member create a@example.org --name a --role auditor --group g",
        ),
        check::<MemberEdit, claviger_api::MemberEdit>(&edit("member", "--name a --role auditor --group g")),
        check::<NewResource, claviger_api::NewResource>(
            "resource create studio/studio-1 --action x,y --description d",
        ),
        check::<ResourceEdit, claviger_api::ResourceEdit>(
            "resource edit studio/studio-1 --action x,y --description d",
        ),
        check::<NewResourceServer, claviger_api::NewResourceServer>(
            "resource-server create a --audience https://a.example",
        ),
        check::<NewScope, claviger_api::NewScope>("scope create s:read --description d"),
        check::<ScopeEdit, claviger_api::ScopeEdit>("scope edit s:read --description d"),
        check::<NewSourceCredential, claviger_api::NewSourceCredential>(
            "source-credential create a --slug a --type github --auth-mode classic --field a=b --secret token=f \
             --permission-profile p --answer q=a --expires-at 2027-01-31 --validate false",
        ),
        check::<SourceCredentialEdit, claviger_api::SourceCredentialEdit>(&edit(
            "source-credential",
            "--name a --field a=b --secret token=f --permission-profile p --answer q=a --expires-at 2027-01-31 --validate true",
        )),
        check::<NewSource, claviger_api::NewSource>(&format!(
            "source create a --credential {ID} --settings {{}}"
        )),
        check::<SourceEdit, claviger_api::SourceEdit>(&edit(
            "source",
            &format!("--name a --credential {ID} --settings {{}}"),
        )),
        check::<NewWebhook, claviger_api::NewWebhook>(
            "webhook create a --to https://a.example --event service_credential.revoked --enabled true",
        ),
        check::<WebhookEdit, claviger_api::WebhookEdit>(&edit(
            "webhook",
            "--name a --to https://a.example --event service_credential.revoked --enabled false",
        )),
        check::<WebhookRotation, claviger_api::WebhookRotation>(&format!(
            "webhook rotate-secret {ID} --overlap 24h"
        )),
        check::<SignInFlags, claviger_api::SignInProviderSettings>(
            "realm sign-in set --provider-name n --issuer https://a.example --client-id c --client-secret-file f \
             --public-client false --groups-claim g --allowed-domain a.example --admission by_rule \
             --rule group=a=b:c:member --check false",
        ),
        check::<RealmSettings, claviger_api::RealmEdit>(
            "realm edit --display-name d --service-credentials true --administrative-credentials true \
             --require-resource false --default-alg ES256 --registry-service registry.example --registry-token-ttl 120s",
        ),
    ];
    let checked = checked.into_iter().chain(WITH_PRIVATE_KEY.map(str::to_owned)).collect();
    assert_eq!(commands(), checked, "each command is checked here, or excused");
}

/// `line` gives every flag of its command. Returns the command.
#[track_caller]
fn check<F: Args + Serialize, B: Body + Schema>(line: &str) -> String {
    let words = std::iter::once("claviger-cli").chain(line.split_whitespace());
    let matches = CommandLine::command().try_get_matches_from(words).expect(line);
    let (mut matches, mut words) = (&matches, Vec::new());
    while let Some((word, below)) = matches.subcommand() {
        (matches, words) = (below, [words, vec![word]].concat());
    }
    let command = words.join(" ");
    let is_of_body =
        |flag: &&clap::Arg| !flag.is_global_set() && !NOT_IN_BODY.contains(&flag.get_id().as_str());
    for flag in command_at(&words).get_arguments().filter(is_of_body) {
        let id = flag.get_id().as_str();
        let is_given = matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine);
        assert!(is_given || ALTERNATIVES.contains(&id), "{command}: the line must give {id}");
    }
    let flags = F::from_arg_matches(matches).expect(line);
    let Ok(Value::Object(body)) = serde_json::to_value(&flags) else { panic!("{command}: not an object") };
    let sent: BTreeSet<String> = body.keys().cloned().collect();
    let schema = B::schema();
    let taken: BTreeSet<String> = schema["properties"].as_object().expect(line).keys().cloned().collect();
    assert_eq!(sent, taken, "{command}: the flags, and the members of the body");
    if let Err(faults) = B::read(None, body) {
        panic!("{command}: {:?}", faults.errors);
    }
    command
}

fn command_at(words: &[&str]) -> clap::Command {
    words
        .iter()
        .fold(CommandLine::command(), |command, word| command.find_subcommand(word).expect(word).clone())
}

fn commands() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(&CommandLine::command(), "", &mut found);
    found
}

fn collect(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    for below in command.get_subcommands() {
        let path = format!("{path} {}", below.get_name());
        collect(below, &path, found);
        if VERBS.contains(&below.get_name()) && !below.has_subcommands() {
            found.insert(path.trim().to_owned());
        }
    }
}
