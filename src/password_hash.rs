//! The line for hashing, and the only place that sees a password in clear. One computation runs at a time, since wasm has one
//! thread; what waits is counted, and when too much waits the Worker says so instead of letting everybody wait longer.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use argon2::{Block, Params};
use durable::{
    Millis,
    account::sign_in::Challenge,
    names::Door,
    profile::Profile,
    rules::password,
    secret::{self, Secret, base64, from_base64},
};

use crate::clock;

/// How many logins may stand in line in one isolate: about 20 s of hashing.
const QUEUE: usize = 400;
/// A place that is older belongs to a request that was cut off; nobody waits behind it.
const ABANDONED: Millis = 30_000;
/// Longest password that is hashed, in bytes; a policy allows less.
const LONGEST: usize = 1_024;

thread_local! {
    static LINE: RefCell<VecDeque<Place>> = const { RefCell::new(VecDeque::new()) };
    static TICKETS: Cell<u64> = const { Cell::new(0) };
    // The memory of one computation, kept between them: wasm memory never shrinks anyway.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// A login in line.
struct Place {
    ticket: u64,
    door: Door,
    whose: String,
    since: Millis,
    pass: bool,
}

impl Place {
    fn shares_counter(&self, other: &Self) -> bool {
        self.door == other.door && self.whose == other.whose
    }
}

/// A place in line, from arrival to settlement; dropping it frees the place.
pub struct Permit(u64);

impl Permit {
    /// Takes the last place, or `None` when the line is full. `whose` names the counter at this door.
    pub fn take(door: Door, whose: &str) -> Option<Self> {
        let since = clock::now();
        LINE.with_borrow_mut(|line| {
            line.retain(|place| since.saturating_sub(place.since) < ABANDONED);
            (line.len() < QUEUE).then(|| {
                let ticket = TICKETS.get().wrapping_add(1);
                TICKETS.set(ticket);
                line.push_back(Place { ticket, door, whose: whose.to_owned(), since, pass: false });
                Self(ticket)
            })
        })
    }

    /// How many that need the same counter stand before this one; none once they were let pass.
    pub fn ahead(&self) -> usize {
        LINE.with_borrow(|line| {
            let Some(own) = line.iter().find(|place| place.ticket == self.0 && !place.pass) else { return 0 };
            line.iter().take_while(|place| place.ticket != self.0).filter(|place| place.shares_counter(own)).count()
        })
    }

    /// Lets all that need the same counter pass: it refuses everybody now, so that nobody has to wait for it.
    pub fn let_pass(&self) {
        LINE.with_borrow_mut(|line| {
            let Some(own) = line.iter().position(|place| place.ticket == self.0).and_then(|at| line.remove(at)) else { return };
            for place in line.iter_mut().filter(|place| place.shares_counter(&own)) {
                place.pass = true;
            }
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        LINE.with_borrow_mut(|line| line.retain(|place| place.ticket != self.0));
    }
}

/// Argon2id of a password under a challenge, base64url. A password that no policy allows hashes as the empty one, which no
/// account can have.
///
/// # Errors
/// When the challenge's parameters are not ones Argon2 takes; the objects store only such that it does.
pub fn compute(password: &str, challenge: &Challenge) -> worker::Result<Secret> {
    let fail = |why: argon2::Error| worker::Error::RustError(format!("argon2: {why}"));
    let params = Params::new(challenge.m, challenge.t, challenge.p, Some(challenge.len)).map_err(fail)?;
    let salt = from_base64(&challenge.salt).ok_or_else(|| worker::Error::RustError("argon2: unreadable salt".into()))?;
    let password = if password.len() > LONGEST { "" } else { password };
    let mut output = vec![0; challenge.len];
    MEMORY.with_borrow_mut(|memory| argon2id::hash(password.as_bytes(), &salt, &params, memory, &mut output)).map_err(fail)?;
    Ok(Secret::new(base64(&output)))
}

/// A challenge of our own making, for a new password.
///
/// # Errors
/// When the runtime has no randomness.
pub fn fresh_challenge() -> worker::Result<Challenge> {
    let salt = crate::clock::random::<{ durable::account::sign_in::SALT }>()?;
    Ok(Challenge::with_salt(String::new(), &salt))
}

/// A new temporary password that keeps the service's rules.
///
/// # Errors
/// When the runtime has no randomness.
pub fn temporary(profile: &Profile) -> worker::Result<String> {
    let seed = clock::random::<32>()?;
    let mut drawn = 0_u64;
    let mut fill = |bytes: &mut [u8]| {
        for chunk in bytes.chunks_mut(32) {
            drawn = drawn.saturating_add(1);
            for (to, from) in chunk.iter_mut().zip(secret::mac(&seed, &[&drawn.to_be_bytes()])) {
                *to = from;
            }
        }
    };
    Ok(password::generate(&profile.password, &mut fill))
}
