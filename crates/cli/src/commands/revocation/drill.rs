//! `claviger revocation drill`: how long services accept a revoked token.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use claviger_api::{Listed, ObservedResourceServer};
use claviger_domain::Receipt;

use crate::commands::revocation::course::{Course, Pace, Phase};
use crate::commands::revocation::interruption::Interruption;
use crate::commands::revocation::probe::{Probe, ProbeTarget, authorities};
use crate::commands::revocation::prober::{self, Trace};
use crate::commands::revocation::report::{DrillReport, Measured};
use crate::commands::revocation::throwaway::Throwaway;
use crate::commands::revocation::timeline::Timeline;
use crate::environment::instant;
use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::terminal::output::Output;
use crate::values::grant::Grant;
use crate::values::shared_flags::{Settled, SignedIn};
use crate::values::span::Span;

#[derive(Debug, Args)]
pub struct Drill {
    /// A resource server, by its audience or name, and an address of it that needs a token; may be repeated
    #[arg(long = "probe", value_name = "AUDIENCE=URL", required = true)]
    probes: Vec<ProbeTarget>,

    /// A group that the credential inherits scopes from; may be repeated
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,

    /// Actions on one resource that the credential has; may be repeated
    #[arg(long = "resource", value_name = "TYPE/NAME:ACTION,…")]
    resources: Vec<Grant>,

    /// Use one token for the whole realm, instead of one for each audience
    #[arg(long)]
    realm_wide: bool,

    /// Ask a service that goes on accepting for so long after the revocation
    #[arg(long = "for", value_name = "TIME", default_value = "30s")]
    limit: Span,

    /// Requests a second to each address, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,

    /// Fail also if an audience of the tier T2 or T3 accepted after the receipt
    #[arg(long)]
    strict: bool,

    /// CA certificates in PEM to trust at the probed addresses [default: those of --ca-file, else the system's]
    #[arg(long, value_name = "FILE")]
    probe_ca_file: Option<PathBuf>,
}

/// Each has a thread.
const MAX_PROBES: usize = 64;

/// The moments around the revocation.
struct Revoked {
    receipt: Receipt,
    sent_at: Instant,
    answered_at: Instant,
}

impl Drill {
    pub fn run(self, server: &SignedIn, output: &mut Output) -> Result<(), Failure> {
        if self.probes.len() > MAX_PROBES {
            return Err(Failure::usage(format!("at most {MAX_PROBES} addresses can be probed at once")));
        }
        if !server.place.insecure {
            self.probes.iter().try_for_each(ProbeTarget::refuse_to_leak)?;
        }
        let (client, settled) = Client::connect_settled(server, "resource-server", output)?;
        let audiences = audiences(&client, &self.probes)?;
        let interruption = Interruption::watch()?;
        let mut throwaway = Throwaway::create(&client, &self.groups, &self.resources)?;
        output.note(&format!("Created the service credential \"{}\" for this drill.", throwaway.name));
        let report = self.measure(&settled, &mut throwaway, &audiences, &interruption, output);
        match (report, throwaway.remove()) {
            (Ok(report), Ok(())) => self.tell(&report, output),
            (Err(failure), Ok(())) => Err(failure.and("The credential of the drill was revoked")),
            (_, Err(failure)) => Err(failure),
        }
    }

    fn measure(
        &self,
        settled: &Settled,
        throwaway: &mut Throwaway<'_>,
        audiences: &[String],
        interruption: &Interruption,
        output: &mut Output,
    ) -> Result<DrillReport, Failure> {
        let timeline = Timeline::begin();
        let file = self.probe_ca_file.as_ref().or(settled.ca_file.as_ref());
        let authorities = authorities(&self.probes, file)?;
        let mut probes = Vec::new();
        for (target, audience) in self.probes.iter().zip(audiences) {
            interruption.check()?;
            let token = throwaway.token(settled, Some(audience.as_str()).filter(|_| !self.realm_wide))?;
            probes.push(Probe::new(audience.clone(), target.url.clone(), &token, authorities.as_ref())?);
        }
        let every = Duration::from_secs(1) / self.rate;
        let at_most = Duration::from_secs(self.limit.as_seconds().unsigned_abs());
        let course = Course::begin(probes.len(), Pace { every, at_most });
        let (revoked, traces) = thread::scope(|scope| {
            let course = &course;
            let spawned: Result<Vec<_>, Failure> = probes
                .iter()
                .map(|probe| {
                    let asking = move || {
                        let trace = prober::run(probe, course);
                        course.note_ended();
                        trace
                    };
                    thread::Builder::new().spawn_scoped(scope, asking).map_err(|error| {
                        Failure::new(Exit::Failure, format!("a thread cannot be started: {error}"))
                    })
                })
                .collect();
            let revoked = spawned.as_ref().map_err(Failure::clone).and_then(|probers| {
                course.wait_until_all_accept(probers.len(), interruption)?;
                output.note("Every address accepts its token. Revoking the credential.");
                let revoked = revoke(throwaway, course)?;
                course.wait_until_all_ended(interruption)?;
                Ok(revoked)
            });
            course.enter(Phase::Stopped);
            if revoked.is_err() {
                // Before those that still wait for an answer have ended. If it fails, it is tried again.
                let _ = throwaway.end();
            }
            let ended = spawned.unwrap_or_default().into_iter().map(|prober| prober.join());
            (revoked, ended.collect::<Result<Vec<Trace>, _>>())
        });
        let Revoked { receipt, sent_at, answered_at } = revoked?;
        let traces = traces.map_err(|_| Failure::new(Exit::Failure, "a thread of the drill has panicked"))?;
        let measured = probes.iter().zip(&traces);
        Ok(DrillReport {
            realm: settled.realm.to_string(),
            credential_id: throwaway.id.as_str().to_owned(),
            credential_name: throwaway.name.clone(),
            revoke_sent_at: timeline.text(sent_at),
            revoke_answered_at: timeline.text(answered_at),
            probes: measured
                .map(|(probe, trace)| Measured::of(probe, trace, &receipt, answered_at, timeline))
                .collect(),
            receipt,
        })
    }

    fn tell(&self, report: &DrillReport, output: &mut Output) -> Result<(), Failure> {
        match output.wants_json() {
            true => output.json(report)?,
            false => output.page(&report.page())?,
        }
        report.verdict(self.strict)
    }
}

/// Once it is sent, what services refuse is its effect.
fn revoke(throwaway: &mut Throwaway<'_>, course: &Course) -> Result<Revoked, Failure> {
    course.enter(Phase::Revoking);
    let sent_at = instant();
    let (receipt, answered_at) = throwaway.revoke()?;
    course.enter(Phase::Revoked(answered_at));
    Ok(Revoked { receipt, sent_at, answered_at })
}

/// The audience of each probe.
fn audiences(client: &Client, probes: &[ProbeTarget]) -> Result<Vec<String>, Failure> {
    let listed: Listed<ObservedResourceServer> =
        client.list(&["resource-servers"], None, &Vec::new())?.decode()?;
    let servers: Vec<_> = listed.items.iter().map(|observed| &observed.server).collect();
    let find = |target: &ProbeTarget| {
        let by_audience = servers.iter().find(|server| server.audience.as_str() == target.audience);
        let by_name = || servers.iter().find(|server| server.name.as_str() == target.audience);
        let found = by_audience.or_else(by_name).map(|server| server.audience.to_string());
        found.ok_or_else(|| {
            let message = format!(
                "no resource server has the audience or name \"{}\": `claviger resource-server list` shows what exists",
                target.audience
            );
            Failure::new(Exit::NotFound, message)
        })
    };
    probes.iter().map(find).collect()
}
