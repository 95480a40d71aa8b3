//! Keys that container registries trust: a small authority, whose certificate they store, and the signing key below it.

use claviger_api::RegistryKeyView;
use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::key_bodies::{NewSigningKey, RegistryKeyRotation};
use crate::administration::setting::Administration;
use crate::administration::setting::authorized_to_make;
use crate::administration::signing_key_making::{ensure_unused, plan_sealed};
use crate::crypto::{Authority, certificate_pem, generate_key};
use crate::ledger::{Act, Caller, Plan, Right, Scene};
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_domain::{
    Algorithm, AuditAction, AuditTarget, Change, Key, KeyPurpose, KeyRole, SigningKey, TargetKind,
};

/// The authority comes first.
pub fn list_registry_keys(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<RegistryKeyView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let keys = [reading.realm.keys.registry_authority(), reading.realm.keys.registry()];
    Ok(keys.into_iter().flatten().map(|key| view(&key.record)).collect())
}

/// The new key signs the next token. Registries need no notice: each token carries the key's certificate.
pub fn rotate_registry_keys(
    administration: &Administration,
    act: &Act,
    rotation: RegistryKeyRotation,
) -> Result<RegistryKeyView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        if !matches!(rotation.alg, Algorithm::Es256 | Algorithm::Rs256) {
            let detail = "must be ES256 or RS256 for a registry";
            return Err(AdministrationError::invalid("alg", detail));
        }
        let mut plan = Plan::new(scene, act, actor);
        let key = plan_registry_keys(administration, scene, act, realm, &mut plan, rotation)?;
        let before = realm.keys.registry().map(|key| view(&key.record));
        let after = view(&key);
        plan.event(AuditAction::RegistryKeyRotate, target(&key), before.as_ref(), Some(&after));
        plan.made(&key.kid);
        Ok::<_, AdministrationError>(plan.decide(after))
    })?;
    Ok(committed.outcome)
}

/// For realms created before registry keys existed. Costs nothing if there are none.
pub fn ensure_registry_keys(administration: &Administration) -> Result<(), AdministrationError> {
    let has_none = |realm: &RealmView| realm.keys.registry().is_none();
    let lacking = administration.ledger.latest();
    for realm in lacking.realms().filter(|realm| has_none(realm)) {
        let act = Act::local(realm.record.label.clone(), Caller::Server);
        administration.ledger.act(|scene| {
            let Some(realm) = scene.find_realm(&act.realm).filter(|realm| has_none(realm)) else {
                return Ok(Decision::Nothing(()));
            };
            let mut plan = Plan::new(scene, &act, Caller::server());
            // Registries trust the authority they know, so it is kept if it still exists.
            let authority = realm.keys.registry_authority().is_none();
            let rotation = RegistryKeyRotation { alg: Algorithm::Es256, private_key_pem: None, authority };
            let key = plan_registry_keys(administration, scene, &act, realm, &mut plan, rotation)?;
            plan.event(AuditAction::RegistryKeyCreate, target(&key), None::<&()>, Some(&view(&key)));
            Ok::<_, AdministrationError>(plan.decide(()))
        })?;
    }
    Ok(())
}

/// For a new realm.
pub(super) fn plan_first_registry_keys(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    plan: &mut Plan<'_>,
) -> Result<(), AdministrationError> {
    let name = format!("{}/realms/{}/registry", administration.public_url, act.realm);
    let maker = Maker { administration, scene, act, name };
    let authority = maker.authority(plan)?;
    maker.key(plan, NewSigningKey::generated(Algorithm::Es256), &authority).map(drop)
}

fn plan_registry_keys(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    realm: &RealmView,
    plan: &mut Plan<'_>,
    rotation: RegistryKeyRotation,
) -> Result<SigningKey, AdministrationError> {
    let maker = Maker { administration, scene, act, name: format!("{}/registry", realm.issuer) };
    let known = realm.keys.registry_authority().filter(|_| !rotation.authority);
    let authority = match known {
        Some(known) => maker.known_authority(&known.record)?,
        None => maker.authority(plan)?,
    };
    let new = NewSigningKey { alg: rotation.alg, private_key_pem: rotation.private_key_pem };
    let key = maker.key(plan, new, &authority)?;
    // After the rows of their replacements, so that no log row leaves the realm without one.
    let replaced = [realm.keys.registry(), realm.keys.registry_authority().filter(|_| rotation.authority)];
    for old in replaced.into_iter().flatten() {
        plan.addition(Change::Deleted(Key::SigningKey(old.record.kid.clone())));
    }
    Ok(key)
}

struct Maker<'a> {
    administration: &'a Administration,
    scene: &'a Scene<'a>,
    act: &'a Act,
    /// Name of the issuer of registry tokens.
    name: String,
}

/// An authority and its decrypted private half.
struct OpenAuthority {
    private_key: zeroize::Zeroizing<Vec<u8>>,
    created_at: Timestamp,
}

impl Maker<'_> {
    fn authority(&self, plan: &mut Plan<'_>) -> Result<OpenAuthority, AdministrationError> {
        let made = generate_key(Algorithm::Es256).map_err(crypto)?;
        let created_at = self.scene.now;
        let open = OpenAuthority { private_key: made.pkcs8, created_at };
        let certificate = open.named(&self.authority_name()).certificate().map_err(crypto)?;
        let key = SigningKey {
            kid: made.public.kid.clone(),
            purpose: KeyPurpose::RegistryAuthority,
            algorithm: Algorithm::Es256,
            role: KeyRole::Active,
            public: made.public,
            created_at,
            retired_at: None,
            certificate: Some(certificate),
        };
        plan_sealed(self.administration, self.scene, self.act, plan, key, &open.private_key)?;
        Ok(open)
    }

    fn known_authority(&self, key: &SigningKey) -> Result<OpenAuthority, AdministrationError> {
        let sealed = self.scene.tables.find_sealed_key(&key.kid)?;
        let sealed = sealed.ok_or(AdministrationError::NotFound("key of the registry authority"))?;
        let identity = SigningKey::sealed_identity(&self.act.realm, &key.kid);
        let private_key = self.administration.keyring.open(&identity, &sealed).map_err(crypto)?;
        Ok(OpenAuthority { private_key, created_at: key.created_at })
    }

    fn key(
        &self,
        plan: &mut Plan<'_>,
        new: NewSigningKey,
        authority: &OpenAuthority,
    ) -> Result<SigningKey, AdministrationError> {
        let (algorithm, created_at) = (new.alg, self.scene.now);
        let brought = new.private_key_pem.is_some();
        let made = new.key()?;
        if brought {
            ensure_unused(self.scene, &made.public.kid)?;
        }
        let authority =
            authority.named(&self.authority_name()).certify(algorithm, &self.name, &made.pkcs8, created_at);
        let key = SigningKey {
            kid: made.public.kid.clone(),
            purpose: KeyPurpose::Registry,
            algorithm,
            role: KeyRole::Active,
            public: made.public,
            created_at,
            retired_at: None,
            certificate: Some(authority.map_err(crypto)?),
        };
        plan_sealed(self.administration, self.scene, self.act, plan, key, &made.pkcs8)
    }

    fn authority_name(&self) -> String {
        format!("{} authority", self.name)
    }
}

impl OpenAuthority {
    fn named<'a>(&'a self, name: &'a str) -> Authority<'a> {
        Authority { name, private_key: &self.private_key, created_at: self.created_at }
    }
}

fn crypto(error: impl std::fmt::Display) -> AdministrationError {
    AdministrationError::Crypto(error.to_string())
}

fn view(key: &SigningKey) -> RegistryKeyView {
    RegistryKeyView {
        kid: key.kid.clone(),
        purpose: key.purpose,
        alg: key.algorithm,
        certificate: key.certificate.as_deref().map(certificate_pem).unwrap_or_default(),
        created_at: key.created_at,
    }
}

fn target(key: &SigningKey) -> AuditTarget {
    AuditTarget { kind: TargetKind::RegistryKey, id: key.kid.clone(), name: key.algorithm.to_string() }
}
