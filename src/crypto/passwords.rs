//! Passwords of people: hashed with argon2id, and verified with equal work whether or not there is one.

use std::fmt;
use std::str::FromStr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};

use claviger_domain::Randomness;

/// Each takes 19 MiB of memory and some 30 ms of one core.
const AT_ONCE: usize = 2;

/// More than this wait for seconds, and are refused.
const WAITING: usize = 16;

/// A PHC string of argon2id, with its own salt and cost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PasswordHash(String);

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("too many passwords are being verified: try again in a few seconds")]
    Busy,
    #[error("the password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

#[derive(Debug, thiserror::Error)]
#[error("not a password hash in PHC format")]
pub struct InvalidPasswordHash;

/// Bounds the memory and the processor time that sign-ins take. Call it on a thread that may block.
#[derive(Default)]
pub struct Passwords {
    load: Mutex<Load>,
    freed: Condvar,
}

#[derive(Default)]
struct Load {
    running: usize,
    waiting: usize,
}

impl Passwords {
    pub fn hash(&self, password: &str, randomness: &dyn Randomness) -> Result<PasswordHash, PasswordError> {
        let _turn = self.turn()?;
        let salt = randomness.bytes::<16>();
        hash(password, &salt).map(|phc| PasswordHash(phc.to_string()))
    }

    /// False if there is no hash, after the same work.
    pub fn verify(&self, password: &str, known: Option<&PasswordHash>) -> Result<bool, PasswordError> {
        let _turn = self.turn()?;
        let Some(known) = known.and_then(|known| Phc::new(&known.0).ok()) else {
            hash(password, &[0; 16])?;
            return Ok(false);
        };
        Ok(Argon2::default().verify_password(password.as_bytes(), &known).is_ok())
    }

    fn turn(&self) -> Result<Turn<'_>, PasswordError> {
        let mut load = self.lock();
        if load.running >= AT_ONCE && load.waiting >= WAITING {
            return Err(PasswordError::Busy);
        }
        load.waiting += 1;
        while load.running >= AT_ONCE {
            load = self.freed.wait(load).unwrap_or_else(PoisonError::into_inner);
        }
        load.waiting -= 1;
        load.running += 1;
        Ok(Turn(self))
    }

    fn lock(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the [`AT_ONCE`].
struct Turn<'a>(&'a Passwords);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.freed.notify_one();
    }
}

/// With the defaults of the library: argon2id, 19 MiB, two passes (OWASP Password Storage Cheat Sheet).
fn hash(password: &str, salt: &[u8]) -> Result<Phc, PasswordError> {
    Argon2::default().hash_password_with_salt(password.as_bytes(), salt).map_err(PasswordError::Hash)
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl FromStr for PasswordHash {
    type Err = InvalidPasswordHash;

    fn from_str(text: &str) -> Result<Self, InvalidPasswordHash> {
        Phc::new(text).map_err(|_| InvalidPasswordHash)?;
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = InvalidPasswordHash;

    fn try_from(text: String) -> Result<Self, InvalidPasswordHash> {
        text.parse()
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::crypto::SystemRandomness;

    #[test]
    fn password_is_verified_against_its_own_hash_alone() {
        let (passwords, randomness) = (Passwords::default(), SystemRandomness::new());
        let known = passwords.hash("correct horse battery", &randomness).expect("a hash");
        let other = passwords.hash("correct horse battery", &randomness).expect("a hash");
        assert_ne!(known, other, "each has its salt");
        assert!(passwords.verify("correct horse battery", Some(&known)).expect("verified"));
        assert!(!passwords.verify("correct horse batterz", Some(&known)).expect("verified"));
        assert!(!passwords.verify("correct horse battery", None).expect("verified"));
        let text = serde_json::to_string(&known).expect("JSON");
        assert!(text.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
        assert_eq!(serde_json::from_str::<PasswordHash>(&text).expect("read"), known);
        assert!(serde_json::from_str::<PasswordHash>("\"plain\"").is_err());
        assert_eq!(format!("{known:?}"), "PasswordHash(…)");
    }

    #[test]
    fn few_are_verified_at_once_and_few_wait() {
        let passwords = Arc::new(Passwords::default());
        let first = passwords.turn().expect("a turn");
        let second = passwords.turn().expect("a turn");
        let (refused, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let waiters: Vec<_> = (0..WAITING)
            .map(|_| {
                let (passwords, done) = (passwords.clone(), done.clone());
                std::thread::spawn(move || {
                    let turn = passwords.turn().expect("a turn after waiting");
                    assert!(passwords.lock().running <= AT_ONCE);
                    drop(turn);
                    done.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        while passwords.lock().waiting < WAITING {
            std::thread::yield_now();
        }
        if matches!(passwords.turn(), Err(PasswordError::Busy)) {
            refused.fetch_add(1, Ordering::SeqCst);
        }
        assert_eq!(refused.load(Ordering::SeqCst), 1);
        assert_eq!(done.load(Ordering::SeqCst), 0);
        drop((first, second));
        for waiter in waiters {
            waiter.join().expect("it ends");
        }
        assert_eq!(passwords.lock().running, 0);
    }
}
