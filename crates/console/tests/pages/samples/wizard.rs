//! The wizard of service credentials, and its pickers.

use claviger_console::{
    AccessTarget, ActionMatrixPage, Draft, Entry, Fault, Faults, GroupPickerPage, MatrixRow, NameFault,
    NewAccessPage, NewDetailsPage, NewExpirationPage, NewSummaryPage, OfferedAction, PickableGroup,
    PickableResource, ResourcePickerPage, description_fault, name_fault,
};

use super::credentials::{ID, groups, resources, scopes};
use super::frame::{at, chosen, framed, links, texts};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    vec![
        sample("new-1-details", details(Faults::default())),
        sample("new-1-details-faults", details(Faults(vec![taken(), description_fault(Some(1_071))]))),
        sample("new-2-expiration", expiration("90")),
        sample("new-2-expiration-never", expiration("never")),
        sample("new-2-expiration-own", expiration("45")),
        sample("new-3-access", access(true)),
        sample("new-3-access-none", access(false)),
        sample("new-3-groups", picked_groups(new_target())),
        sample("credential-groups-add", picked_groups(existing())),
        sample("new-3-resources", picked_resources(new_target())),
        sample("credential-resources-add", picked_resources(existing())),
        sample("new-3-matrix", matrix(new_target(), true)),
        sample("credential-matrix", matrix(existing(), false)),
        sample("new-4-summary", summary()),
    ]
}

fn draft() -> Draft {
    Draft {
        name: chosen("nightly-deploy"),
        description: chosen("Deploys the fleet every night at 02:00"),
        days: "90".to_owned(),
        ttl: "3600".to_owned(),
        groups: vec![chosen("Builders"), chosen("Readers")],
        grants: texts(&["fleet/berlin:read", "fleet/berlin:deploy"]),
        resources: Vec::new(),
    }
}

fn new_target() -> AccessTarget {
    AccessTarget::New(Box::new(draft()))
}

fn existing() -> AccessTarget {
    AccessTarget::Existing { id: ID.to_owned(), name: chosen("nightly-deploy"), etag: "\"7\"".to_owned() }
}

fn taken() -> Fault {
    let renewal = links().renew_service_credential(ID);
    name_fault(NameFault::Taken { name: chosen("nightly-deploy"), renewal })
}

fn details(faults: Faults) -> NewDetailsPage {
    NewDetailsPage { frame: framed(Entry::ServiceCredentials), draft: draft(), faults }
}

fn expiration(days: &str) -> NewExpirationPage {
    NewExpirationPage {
        frame: framed(Entry::ServiceCredentials),
        draft: Draft { days: days.to_owned(), ..draft() },
        faults: Faults::default(),
        keys_only_services: 1,
    }
}

fn access(some: bool) -> NewAccessPage {
    NewAccessPage {
        frame: framed(Entry::ServiceCredentials),
        draft: draft(),
        groups: if some { groups() } else { Vec::new() },
        resources: if some { resources() } else { Vec::new() },
        scopes: if some { scopes() } else { Vec::new() },
        dropped: !some,
    }
}

fn picked_groups(target: AccessTarget) -> GroupPickerPage {
    let group = |name: &str, description: &str, scopes: &[&str], ticked| PickableGroup {
        name: chosen(name),
        description: chosen(description),
        scopes: texts(scopes),
        chosen: ticked,
    };
    GroupPickerPage {
        frame: framed(Entry::ServiceCredentials),
        target,
        groups: vec![
            group("Builders", "Pushes code", &["source:read-update", "containers:read"], true),
            group("Payments", "Settles and reconciles", &["ledger:read", "ledger:settle"], false),
        ],
    }
}

fn picked_resources(target: AccessTarget) -> ResourcePickerPage {
    let resource = |resource: &str, actions: &[&str], chosen| PickableResource {
        resource: resource.to_owned(),
        description: "Robots of a site".to_owned(),
        actions: texts(actions),
        chosen,
    };
    ResourcePickerPage {
        frame: framed(Entry::ServiceCredentials),
        none_chosen: matches!(target, AccessTarget::Existing { .. }),
        target,
        resources: vec![
            resource("fleet/berlin", &["read", "deploy"], true),
            resource("bucket/artifacts", &["read", "write", "delete"], false),
        ],
    }
}

fn matrix(target: AccessTarget, sent: bool) -> ActionMatrixPage {
    let row = |resource: &str, description: &str, actions: &[(&str, &str, bool)]| MatrixRow {
        of: resource.to_owned(),
        description: chosen(description),
        offered: actions
            .iter()
            .map(|(action, words, ticked)| OfferedAction {
                action: (*action).to_owned(),
                words: (*words).to_owned(),
                ticked: *ticked,
            })
            .collect(),
    };
    ActionMatrixPage {
        frame: framed(Entry::ServiceCredentials),
        target,
        rows: vec![
            row(
                "fleet/berlin",
                "Robots at the Berlin site",
                &[("read", "See it", true), ("deploy", "Send releases", true)],
            ),
            row(
                "bucket/artifacts",
                "Build artifacts",
                &[
                    ("read", "Download", false),
                    ("write", "Upload", false),
                    ("delete", "Delete for good", false),
                ],
            ),
        ],
        sent,
    }
}

fn summary() -> NewSummaryPage {
    NewSummaryPage {
        frame: framed(Entry::ServiceCredentials),
        draft: draft(),
        expires_at: Some(at("2027-02-26T18:40:12Z")),
        token_ttl_seconds: 3_600,
        resources: resources(),
        scopes: scopes(),
        idempotency_key: "1f0c".to_owned(),
        faults: Faults::default(),
    }
}
