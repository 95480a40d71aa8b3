//! Who accepts tokens of a realm, and how soon a revocation takes effect there.

use std::collections::BTreeMap;

use claviger_contract::Timestamp;

use crate::revocation::attached::HeardServer;
use crate::revocation::barrier::Barrier;
use crate::snapshot::{LiveServer, RealmView};
use claviger_domain::{
    AudienceTier, Instances, LAST_SEEN_KEPT_DAYS, RegistryService, ResourceServerId, Tier,
};

/// An introspection within this time shows that a resource server checks tokens per request.
const HEARD_WITHIN_SECONDS: i64 = 24 * 3_600;

/// How the audience of a resource server learns of revocations, as observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub audience: AudienceTier,
    /// Verifiers of it that follow the feed now.
    pub instances: u64,
}

impl Barrier {
    /// How soon a revocation now takes effect at each audience of the realm's tokens.
    pub fn audiences(&self, realm: &RealmView) -> Vec<AudienceTier> {
        let servers = self.coverage(realm).into_iter().map(|covered| covered.audience);
        servers.chain(self.registries(realm)).collect()
    }

    /// The same of its resource servers alone.
    pub fn coverage(&self, realm: &RealmView) -> Vec<Coverage> {
        let heard = self.verifiers.last_heard(&realm.record.label);
        realm.servers.standing().map(|server| self.covered(realm, server, &heard)).collect()
    }

    /// The same at the end of a wait, which has found the verifiers that are attached.
    pub(super) fn audiences_found(
        &self,
        realm: &RealmView,
        found: &BTreeMap<ResourceServerId, Instances>,
    ) -> Vec<AudienceTier> {
        let mut heard = self.verifiers.last_heard(&realm.record.label);
        for (server, instances) in found {
            if instances.is_attached {
                let now = self.alarm.now();
                heard.entry(*server).or_insert(HeardServer { at: now, instances: instances.confirmed });
            }
        }
        let tier = |server| self.covered(realm, server, &heard).audience;
        realm.servers.standing().map(tier).chain(self.registries(realm)).collect()
    }

    fn covered(
        &self,
        realm: &RealmView,
        server: &LiveServer,
        heard: &BTreeMap<ResourceServerId, HeardServer>,
    ) -> Coverage {
        let now = self.alarm.now();
        // The server that it replaces is the same service with another key.
        let next = |server: &&LiveServer| realm.servers.get(server.record.replaces?);
        let same: Vec<&LiveServer> = std::iter::successors(Some(server), next).collect();
        let seen = same.iter().filter_map(|one| self.last_seen.last(&realm.record.label, one.record.id));
        let last_seen = seen.max();
        let lately = last_seen.is_some_and(|at| at.plus_seconds(HEARD_WITHIN_SECONDS) > now);
        let following: Vec<&HeardServer> = same.iter().filter_map(|one| heard.get(&one.record.id)).collect();
        let follows: Option<Timestamp> = following.iter().map(|heard| heard.at).max();
        let audience = AudienceTier {
            audience: server.record.audience.to_string(),
            tier: match follows {
                Some(_) => Tier::T1,
                None if lately => Tier::T0,
                None => Tier::T3,
            },
            last_heard_at: last_seen.max(follows),
        };
        Coverage { audience, instances: following.iter().map(|heard| heard.instances).sum() }
    }

    /// Registries verify tokens offline and cannot be notified. Lists those that clients of the realm are known to use.
    pub fn registries(&self, realm: &RealmView) -> Vec<AudienceTier> {
        let now = self.alarm.now();
        let mut known: BTreeMap<RegistryService, Option<Timestamp>> = BTreeMap::new();
        let live = realm.registry_tokens.values().filter(|token| token.is_live(now));
        let named = realm.record.settings.registry_services.iter().chain(live.map(|token| &token.service));
        known.extend(named.map(|service| (service.clone(), None)));
        let last_seen = self.last_seen.registries(&realm.record.label, self.heard_since());
        known.extend(last_seen.into_iter().map(|(service, at)| (service, Some(at))));
        let tier = |(service, last_heard_at): (RegistryService, _)| AudienceTier {
            audience: service.to_string(),
            tier: Tier::T2,
            last_heard_at,
        };
        known.into_iter().map(tier).collect()
    }

    pub(super) fn heard_since(&self) -> Timestamp {
        self.alarm.now().plus_seconds(-LAST_SEEN_KEPT_DAYS * 24 * 3_600)
    }
}
