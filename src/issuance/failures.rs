//! Rate limits failed authentications. Successful ones are never limited.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use claviger_contract::RealmLabel;
use governor::Quota;
use governor::clock::Clock as GovernorClock;

use crate::issuance::attempts::Attempts;
use crate::issuance::refusal::Refusal;
use crate::issuance::slots::Slots;
use claviger_domain::{Clock, Door, FailedAttempt, MemberId, UsedId, shown};

/// Average failures per second, and the allowed burst. A rate of 0 disables the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureLimits {
    pub per_address: u32,
    pub per_client: u32,
}

impl Default for FailureLimits {
    fn default() -> Self {
        Self { per_address: 10, per_client: 5 }
    }
}

const ADDRESS_BURST: u32 = 300;
const CLIENT_BURST: u32 = 100;
const SIGN_INS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(6).unwrap();
const SECOND_FACTORS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(1).unwrap();
const SIGN_IN_BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
const TRACES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// The endpoint where a credential was presented, and the client address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    pub door: Door,
    pub address: IpAddr,
}

/// The refused party, as far as the presented credential names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// A client id; guesses are counted against it.
    Client(&'a str),
    /// A token, with the id of its holder if known.
    Token(Option<UsedId>),
}

/// GCRA per address, and per realm and client id, whether or not the client exists. Memory use is constant.
pub struct Failures {
    attempts: Arc<Attempts>,
    clock: Arc<dyn Clock>,
    addresses: Option<Slots<BootClock>>,
    clients: Option<Slots<BootClock>>,
    /// Made at the first sign-in: most servers see none.
    sign_ins: OnceLock<Slots<BootClock>>,
    second_factors: OnceLock<Slots<BootClock>>,
    traces: OnceLock<Slots<BootClock>>,
}

#[derive(Clone)]
struct BootClock(Arc<dyn Clock>);

impl GovernorClock for BootClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.since_boot()
    }
}

impl Failures {
    pub fn new(limits: FailureLimits, clock: &Arc<dyn Clock>) -> Self {
        Self {
            attempts: Arc::default(),
            clock: clock.clone(),
            addresses: slots(limits.per_address, ADDRESS_BURST, clock),
            clients: slots(limits.per_client, CLIENT_BURST, clock),
            sign_ins: OnceLock::new(),
            second_factors: OnceLock::new(),
            traces: OnceLock::new(),
        }
    }

    /// The refused attempts, until they are taken.
    pub fn attempts(&self) -> &Arc<Attempts> {
        &self.attempts
    }

    /// Counts one failure. Replaces `refusal` with a rate limit refusal after too many.
    pub fn refuse(
        &self,
        realm: Option<&RealmLabel>,
        origin: Origin,
        named: Named<'_>,
        refusal: Refusal,
    ) -> Refusal {
        self.note(realm, origin, named);
        let client = match named {
            Named::Client(id) => self.clients.as_ref().and_then(|clients| clients.count((realm, id))),
            Named::Token(_) => None,
        };
        let Origin { address, .. } = origin;
        let address = self.addresses.as_ref().and_then(|limiter| limiter.count(network_of(address)));
        client.max(address).map_or(refusal, |retry_after| Refusal::TooManyFailures { retry_after })
    }
}

impl Failures {
    /// Counts one password that is about to be verified, right or wrong: each costs memory and time. Per account and
    /// network, so that nobody else is kept from the account.
    pub fn meter_sign_in(&self, realm: &RealmLabel, email: &str, address: IpAddr) -> Result<(), Refusal> {
        let meters = self.sign_ins.get_or_init(|| {
            let quota = Quota::per_minute(SIGN_INS_PER_MINUTE).allow_burst(SIGN_IN_BURST);
            Slots::new(quota, BootClock(self.clock.clone()))
        });
        let wait = meters.count((realm, email, network_of(address)));
        wait.map_or(Ok(()), |retry_after| Err(Refusal::TooManyFailures { retry_after }))
    }

    /// Counts one code of a second factor that is about to be verified. Per account, from wherever: who comes this far
    /// knows the password, and six digits are few.
    pub fn meter_second_factor(&self, realm: &RealmLabel, member: MemberId) -> Result<(), Refusal> {
        let meters = self.second_factors.get_or_init(|| {
            let quota = Quota::per_minute(SECOND_FACTORS_PER_MINUTE).allow_burst(SIGN_IN_BURST);
            Slots::new(quota, BootClock(self.clock.clone()))
        });
        let wait = meters.count((realm, member));
        wait.map_or(Ok(()), |retry_after| Err(Refusal::TooManyFailures { retry_after }))
    }

    /// Counts one question about a leaked secret, which is compared with every client of the realm.
    pub fn meter_trace(&self, realm: &RealmLabel, caller: &str) -> Result<(), Refusal> {
        let meters = self
            .traces
            .get_or_init(|| Slots::new(Quota::per_minute(TRACES_PER_MINUTE), BootClock(self.clock.clone())));
        let wait = meters.count((realm, caller));
        wait.map_or(Ok(()), |retry_after| Err(Refusal::TooManyFailures { retry_after }))
    }

    /// Records a refusal that was not a guess. It is reported, but not counted against any limit.
    pub fn note(&self, realm: Option<&RealmLabel>, Origin { door, address }: Origin, named: Named<'_>) {
        let client = match named {
            Named::Client(id) => shown(id),
            Named::Token(id) => id.map(|id| id.to_string()).unwrap_or_default(),
        };
        let attempt = FailedAttempt::Authentication { door, client };
        self.attempts.note(realm, attempt, address, self.clock.now());
    }
}

/// An IPv6 customer has at least a /64 and can use any address in it.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

fn slots(per_second: u32, burst: u32, clock: &Arc<dyn Clock>) -> Option<Slots<BootClock>> {
    let quota = Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(NonZeroU32::new(burst)?);
    Some(Slots::new(quota, BootClock(clock.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_contract::Timestamp;
    use std::sync::Mutex;

    struct Still(Mutex<Duration>);

    fn from(address: IpAddr) -> Origin {
        Origin { door: Door::Token, address }
    }

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_epoch_seconds(0)
        }

        fn since_epoch(&self) -> Duration {
            Duration::ZERO
        }

        fn since_boot(&self) -> Duration {
            *self.0.lock().expect("the clock")
        }
    }

    #[test]
    fn burst_then_rate_then_recovery_per_key() {
        let still = Arc::new(Still(Mutex::new(Duration::from_secs(1_000))));
        let clock: Arc<dyn Clock> = still.clone();
        let failures = Failures::new(FailureLimits::default(), &clock);
        let refuse = |address: [u8; 4], id: &str| {
            failures.refuse(None, from(address.into()), Named::Client(id), Refusal::InvalidClient)
        };
        for _ in 0..100 {
            assert_eq!(refuse([1, 1, 1, 1], "a"), Refusal::InvalidClient);
        }
        assert!(
            matches!(refuse([2, 2, 2, 2], "a"), Refusal::TooManyFailures { retry_after } if !retry_after.is_zero())
        );
        assert_eq!(refuse([1, 1, 1, 1], "b"), Refusal::InvalidClient);
        *still.0.lock().expect("the clock") += Duration::from_millis(201);
        assert_eq!(refuse([2, 2, 2, 2], "a"), Refusal::InvalidClient);
        for index in 0..300 {
            refuse([3, 3, 3, 3], &format!("{index}"));
        }
        assert!(matches!(refuse([3, 3, 3, 3], "fresh"), Refusal::TooManyFailures { .. }));
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_limit_and_mapped_ones_are_ipv4() {
        let clock: Arc<dyn Clock> = Arc::new(Still(Mutex::new(Duration::from_secs(1_000))));
        let failures = Failures::new(FailureLimits::default(), &clock);
        let refuse = |address: &str| {
            let address = address.parse().expect("an address");
            failures.refuse(None, from(address), Named::Token(None), Refusal::InvalidClient)
        };
        for index in 0..300 {
            assert_eq!(refuse(&format!("2001:db8::{index:x}:1")), Refusal::InvalidClient);
            assert_eq!(refuse(&format!("::ffff:192.0.2.{}", index % 2)), Refusal::InvalidClient);
        }
        for many in ["2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"] {
            assert!(matches!(refuse(many), Refusal::TooManyFailures { .. }), "{many}");
        }
        for other in ["2001:db8:0:1::1", "::ffff:192.0.2.1", "192.0.2.0"] {
            assert_eq!(refuse(other), Refusal::InvalidClient, "{other}");
        }
        for _ in 0..149 {
            refuse("192.0.2.1");
        }
        assert!(matches!(refuse("::ffff:192.0.2.1"), Refusal::TooManyFailures { .. }));
    }

    /// This includes time: the cost of a failure does not grow with the number of earlier ones.
    #[test]
    fn failures_in_one_realm_change_nothing_for_clients_of_another() {
        let clock: Arc<dyn Clock> = Arc::new(Still(Mutex::new(Duration::from_secs(1_000))));
        let failures = Failures::new(FailureLimits::default(), &clock);
        let (one, other) = ("one".parse().expect("a label"), "other".parse().expect("a label"));
        let is_limited = |realm: &RealmLabel, address: u32, id: &str| {
            let origin = from(IpAddr::from(address.to_be_bytes()));
            failures.refuse(Some(realm), origin, Named::Client(id), Refusal::InvalidClient)
                != Refusal::InvalidClient
        };
        assert!((0..101).any(|_| is_limited(&one, 1, "guessed")));
        for index in 0..400_000 {
            is_limited(&other, 1_000 + index, &format!("{index}"));
        }
        assert!(is_limited(&one, 2, "guessed"), "what was counted is not forgotten");
        assert!(!is_limited(&other, 2, "guessed"), "the same id of another realm is another client");
        // The other realm's failures have used part of each meter: the average number per meter.
        assert!((0..60).all(|_| !is_limited(&one, 3, "fresh")));
    }

    #[test]
    fn zero_is_off() {
        let clock: Arc<dyn Clock> = Arc::new(Still(Mutex::new(Duration::ZERO)));
        let failures = Failures::new(FailureLimits { per_address: 0, per_client: 0 }, &clock);
        for _ in 0..1_000 {
            let origin = from(IpAddr::from([1, 1, 1, 1]));
            let refusal = failures.refuse(None, origin, Named::Client("a"), Refusal::InvalidClient);
            assert_eq!(refusal, Refusal::InvalidClient);
        }
    }
}
