//! Show, replace, delete and check the provider at which people of a realm sign in.

use claviger_api::{SignInCheck, SignInProviderSettings, SignInProviderView};
use claviger_domain::{
    Actor, AuditAction, Change, InvalidSignInSettings, Key, SignInProvider, SignInSettings, Subject,
};
use zeroize::Zeroizing;

use crate::administration::decision::OnObject;
use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, ensure_current, ensure_current_or_done, gone};
use crate::administration::sign_in::appointing::ensure_may_appoint;
use crate::administration::sign_in::client::{redirect_url, sign_in_client};
use crate::administration::sign_in::view::{target, view};
use crate::ledger::{Act, Asked, Plan, Right, Scene, Unsettled};
use crate::sign_in::{ClientSecret, ProviderFault, Registration, SignInFailure, seal_client_secret};
use crate::snapshot::RealmView;
use crate::store::Decision;

const NOUN: &str = "sign-in provider";
const NEEDED: &str = "account_holder: only an account holder may change where people sign in";

/// Who can sign in, and with which role: these settings restrict like those of the realm.
const SUBJECT: Subject = Subject::Settings;

pub fn find_sign_in(
    administration: &Administration,
    act: &Act,
) -> Result<SignInProviderView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let known = reading.realm.sign_in_provider.as_ref().ok_or(AdministrationError::NotFound(NOUN))?;
    Ok(view(administration, &act.realm, known))
}

/// Asks the provider before anything is locked, and stores only what works, unless that was not wanted.
pub fn put_sign_in(
    administration: &Administration,
    act: &Act,
    new: SignInProviderSettings,
) -> Result<Unsettled<SignInProviderView>, AdministrationError> {
    let reading = administration.read(act, Right::Manage)?;
    ensure_may_appoint(&reading.realm, act, reading.now, NEEDED)?;
    let known = reading.realm.sign_in_provider.clone();
    let (check, wanted) = (new.check, Wanted::of(new, known.as_deref())?);
    if check {
        let kept = match wanted.secret {
            Secret::Kept => sign_in_client(administration, &act.realm)?.and_then(|client| client.secret),
            _ => None,
        };
        let registration = Registration {
            realm: &act.realm,
            settings: &wanted.settings,
            secret: wanted.secret.given().or(kept.as_ref()),
            redirect_uri: &redirect_url(administration, &act.realm)?,
        };
        administration.identity_providers.probe(registration).map_err(not_saved)?;
    }
    administration.ledger.restrict(act, &SUBJECT, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        ensure_may_appoint(realm, act, scene.now, NEEDED)?;
        if realm.sign_in_provider != known {
            return Err(AdministrationError::Conflict(
                "the sign-in provider was changed meanwhile: read it again, then retry".to_owned(),
            ));
        }
        decide_put(administration, scene, act, (realm, actor), &wanted)
    })
}

/// People who are signed in stay so. From then on nobody signs in at the provider.
pub fn delete_sign_in(
    administration: &Administration,
    act: &Act,
) -> Result<Unsettled<()>, AdministrationError> {
    administration.ledger.restrict(act, &SUBJECT, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        ensure_may_appoint(realm, act, scene.now, NEEDED)?;
        let Some(known) = &realm.sign_in_provider else { return gone(realm, &SUBJECT, NOUN, ()) };
        let before = view(administration, &act.realm, known);
        let (action, target) = (AuditAction::SignInProviderDelete, target(known));
        let on = OnObject { scene, act, realm, actor, subject: &SUBJECT, action, target };
        on.delete(&before, Change::Deleted(Key::SignInProvider(known.id)))
    })
}

/// Asks the provider now, with what is stored.
pub fn check_sign_in(administration: &Administration, act: &Act) -> Result<SignInCheck, AdministrationError> {
    administration.read(act, Right::Manage)?;
    let client = sign_in_client(administration, &act.realm)?;
    let client = client.ok_or(AdministrationError::NotFound(NOUN))?;
    match administration.identity_providers.probe(client.registration(&act.realm)) {
        Ok(()) => Ok(SignInCheck { works: true, reason: None }),
        Err(SignInFailure::TooMany(busy)) => Err(AdministrationError::Busy(busy.to_string())),
        Err(failure) => Ok(SignInCheck { works: false, reason: Some(failure.to_string()) }),
    }
}

/// What is to be stored.
struct Wanted {
    settings: SignInSettings,
    secret: Secret,
}

enum Secret {
    None,
    Kept,
    Given(ClientSecret),
}

impl Secret {
    const fn given(&self) -> Option<&ClientSecret> {
        match self {
            Self::Given(secret) => Some(secret),
            Self::None | Self::Kept => None,
        }
    }
}

impl Wanted {
    fn of(new: SignInProviderSettings, known: Option<&SignInProvider>) -> Result<Self, AdministrationError> {
        let settings = SignInSettings {
            provider_name: new.provider_name,
            issuer: new.issuer,
            client_id: new.client_id,
            groups_claim: new.groups_claim,
            allowed_domains: new.allowed_domains,
            admission: new.admission,
            rules: new.rules,
        };
        settings.check().map_err(|fault| match fault {
            InvalidSignInSettings::Rules => AdministrationError::invalid("rules", fault),
            InvalidSignInSettings::Domains => AdministrationError::invalid("allowed_domains", fault),
        })?;
        let invalid = |detail| Err(AdministrationError::invalid("client_secret", detail));
        let secret = match (new.client_secret, new.public_client) {
            (Some(_), true) => return invalid("must be absent for a public client"),
            (None, true) => Secret::None,
            (Some(given), false) => {
                Secret::Given(ClientSecret::new(Zeroizing::new(given.expose().to_owned())))
            }
            // It is for nobody else.
            (None, false) => match known.filter(|known| known.has_client_secret) {
                Some(known)
                    if known.settings.issuer == settings.issuer
                        && known.settings.client_id == settings.client_id =>
                {
                    Secret::Kept
                }
                Some(_) => return invalid("is required when the issuer or the client id changes"),
                None => return invalid("is required, unless public_client is true"),
            },
        };
        Ok(Self { settings, secret })
    }
}

fn decide_put(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    (realm, actor): (&RealmView, Actor),
    wanted: &Wanted,
) -> Result<Decision<SignInProviderView>, AdministrationError> {
    let known = realm.sign_in_provider.as_deref();
    let has_client_secret = !matches!(wanted.secret, Secret::None);
    let shown = |record: &SignInProvider| view(administration, &act.realm, record);
    let before = known.map(shown);
    if let (Some(before), Some(known)) = (&before, known)
        && known.settings == wanted.settings
        && known.has_client_secret == has_client_secret
        && wanted.secret.given().is_none()
    {
        ensure_current_or_done(realm, act, &SUBJECT, before)?;
        return Ok(Decision::Nothing(before.clone()));
    }
    match &before {
        Some(before) => ensure_current(act, before)?,
        None if act.if_match.is_some() => return Err(AdministrationError::Stale),
        None => {}
    }
    let record = SignInProvider {
        id: known.map_or_else(|| scene.new_id(), |known| known.id),
        settings: wanted.settings.clone(),
        has_client_secret,
        version: known.map_or(1, |known| known.version + 1),
        created_at: known.map_or(scene.now, |known| known.created_at),
        created_by: known.map_or_else(|| actor.clone(), |known| known.created_by.clone()),
        updated_at: scene.now,
        updated_by: actor.clone(),
    };
    let seal = |secret| {
        seal_client_secret(&administration.keyring, &act.realm, record.id, secret, scene.randomness())
    };
    let sealed = wanted.secret.given().map(seal).transpose();
    let sealed = sealed.map_err(|error| AdministrationError::Crypto(error.to_string()))?;
    let (after, target) = (shown(&record), target(&record));
    let action = match known {
        Some(_) => AuditAction::SignInProviderEdit,
        None => AuditAction::SignInProviderCreate,
    };
    let mut plan = Plan::new(scene, act, actor);
    plan.sealed_change(realm, Change::put(record), sealed);
    plan.event(action, target, before.as_ref(), Some(&after));
    Ok(plan.decide(after))
}

fn not_saved(failure: SignInFailure) -> AdministrationError {
    let field = match &failure {
        SignInFailure::TooMany(busy) => return AdministrationError::Busy(busy.to_string()),
        SignInFailure::Provider(ProviderFault::ClientRefused | ProviderFault::ClientAuthentication) => {
            "client_secret"
        }
        _ => "issuer",
    };
    AdministrationError::invalid(field, format!("{failure}; nothing was stored"))
}
