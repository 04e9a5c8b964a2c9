//! Whose a name is, and CW-086: a name that nobody has behaves as one that somebody has.

use durable::{
    Millis,
    account::{Challenge, connections::Live, person::End},
    ask::{Ask, Reply},
    names::{
        self, AttemptUnknown, Command, Confirm, Door, Hold, RELEASED, RESERVATION, Record, Release, Reserve, Resolve,
        SettleUnknown, key_of, shard_of,
    },
    profile::{self, Service},
    refusal::Refusal,
    seal::Seals,
    turn::Turn,
};
use proptest::prelude::*;

use super::world::*;

/// One key of a shard, with a clock.
struct Shard {
    now: Millis,
    record: Record,
    drawn: u8,
}

const OURS: &str = "123456789";
const THEIRS: &str = "987654321";

impl Shard {
    fn new() -> Self {
        Self { now: MORNING, record: Record::default(), drawn: 0 }
    }

    fn key() -> String {
        key_of(Service::Coconowork, LOGIN)
    }

    fn ask<C: Ask<Command = Command>>(&mut self, command: C) -> Reply<C::Answer>
    where
        Command: From<C>,
    {
        let wire = serde_json::to_string(&Command::from(command)).unwrap();
        let command: Command = serde_json::from_str(&wire).unwrap();
        assert_eq!(command.key(), Self::key());
        let drawn = &mut self.drawn;
        let mut random = |bytes: &mut [u8]| {
            *drawn = drawn.wrapping_add(1);
            bytes.fill(*drawn);
        };
        let live = Live::default();
        let profile = profile::of(Service::Coconowork);
        let mut turn = Turn {
            now: self.now,
            random: &mut random,
            profile,
            live: &live,
            facts: None,
            seals: &Seals::default(),
            effects: Vec::new(),
            push: None,
        };
        let reply = names::turn(&mut turn, &mut self.record, command).unwrap();
        assert_eq!(turn.effects, []);
        serde_json::from_str(&reply).unwrap()
    }

    fn owner(&mut self) -> Option<String> {
        self.ask(Resolve { key: Self::key() }).unwrap().uid
    }

    fn reserve(&mut self, uid: &str, contract: &str) -> Result<String, Refusal> {
        self.ask(Reserve { key: Self::key(), uid: uid.into(), contract: contract.into() }).map(|reserved| reserved.uid)
    }

    fn confirm(&mut self, uid: &str) -> Reply<durable::account::Done> {
        self.ask(Confirm { key: Self::key(), uid: uid.into() })
    }

    fn release(&mut self, uid: &str) -> Reply<durable::account::Done> {
        self.ask(Release { key: Self::key(), uid: uid.into(), asked: Vec::new() })
    }

    fn attempt(&mut self, door: Door) -> Reply<Challenge> {
        self.ask(AttemptUnknown { key: Self::key(), service: Service::Coconowork, door })
    }

    fn settle(&mut self, door: Door, challenge: &Challenge) -> Refusal {
        let attempt = challenge.attempt.clone();
        self.ask(SettleUnknown { key: Self::key(), service: Service::Coconowork, door, attempt }).unwrap_err()
    }
}

#[test]
fn a_name_is_reserved_then_confirmed_then_released() {
    let mut shard = Shard::new();
    assert_eq!(shard.reserve("one", OURS).as_deref(), Ok("one"));
    assert_eq!(shard.owner(), None, "a reservation works for nobody");
    assert_eq!(shard.reserve("two", OURS).as_deref(), Ok("one"), "sent again, it is the same account");
    assert_eq!(shard.reserve("two", THEIRS), Err(Refusal::Taken));
    shard.confirm("one").unwrap();
    assert_eq!(shard.owner().as_deref(), Some("one"));
    assert_eq!(shard.reserve("two", OURS).as_deref(), Ok("one"));
    assert_eq!(shard.reserve("two", THEIRS), Err(Refusal::Taken));
    shard.release("one").unwrap();
    assert_eq!(shard.owner(), None);
}

#[test]
fn a_released_name_is_kept_fourteen_days_for_its_contract_and_its_next_owner_inherits_nothing() {
    let mut shard = Shard::new();
    shard.reserve("one", OURS).unwrap();
    shard.confirm("one").unwrap();
    shard.release("one").unwrap();
    let released = shard.now;
    shard.now = released + RELEASED - 1;
    assert_eq!(shard.reserve("two", THEIRS), Err(Refusal::Taken));
    let mut ours = Shard { now: shard.now, record: shard.record.clone(), drawn: 0 };
    assert_eq!(ours.reserve("three", OURS).as_deref(), Ok("three"), "a new account");
    shard.now = released + RELEASED;
    assert_eq!(RELEASED, 14 * DAY);
    assert_eq!(shard.reserve("two", THEIRS).as_deref(), Ok("two"));
}

#[test]
fn a_reservation_ends_by_itself() {
    let mut shard = Shard::new();
    shard.reserve("one", THEIRS).unwrap();
    shard.now += RESERVATION - 1;
    assert_eq!(shard.reserve("two", OURS), Err(Refusal::Taken));
    shard.now += 1;
    assert_eq!(shard.reserve("two", OURS).as_deref(), Ok("two"));
    assert_eq!(shard.confirm("one").unwrap_err(), Refusal::NotFound, "too late");
    shard.confirm("two").unwrap();
    assert_eq!(shard.release("one").unwrap_err(), Refusal::NotFound);
    assert_eq!(shard.owner().as_deref(), Some("two"));
}

#[test]
fn a_confirmation_that_comes_behind_the_release_revives_nothing() {
    let mut shard = Shard::new();
    shard.reserve("one", OURS).unwrap();
    shard.confirm("one").unwrap();
    shard.release("one").unwrap();
    assert_eq!(shard.confirm("one").unwrap_err(), Refusal::NotFound);
    assert_eq!(shard.owner(), None);
    assert!(matches!(shard.record.entry.unwrap().hold, Hold::Released(_)));
}

#[test]
fn repeated_steps_change_nothing() {
    let mut shard = Shard::new();
    shard.reserve("one", OURS).unwrap();
    shard.confirm("one").unwrap();
    let before = shard.record.clone();
    shard.confirm("one").unwrap();
    shard.reserve("two", OURS).unwrap();
    assert_eq!(shard.record, before);
}

#[test]
fn the_failures_of_a_name_are_forgotten_when_somebody_gets_it() {
    let mut shard = Shard::new();
    let challenge = shard.attempt(Door::Web).unwrap();
    assert_eq!(shard.settle(Door::Web, &challenge), Refusal::Wrong);
    shard.reserve("one", OURS).unwrap();
    shard.confirm("one").unwrap();
    assert_eq!(shard.record.unknown, None);
}

#[test]
fn services_and_kinds_do_not_share_names_and_shards_are_fixed() {
    let keys = Service::ALL.map(|service| key_of(service, "taro@example.jp"));
    assert_eq!(
        keys,
        ["coconowork/login/taro@example.jp", "worksdrive/address/taro@example.jp", "cowork-storage/address/taro@example.jp"]
    );
    // Stored data lies where these say; another result would lose every name.
    assert_eq!(shard_of("coconowork/login/cwtest.00001"), shard_of(&Shard::key()));
    assert!(shard_of(&keys[0]).len() == 2 && shard_of(&keys[0]).bytes().all(|byte| byte.is_ascii_hexdigit()));
}

/// What a stranger can do at either kind of name.
#[derive(Clone, Debug)]
enum Step {
    Open(bool),
    Settle(prop::sample::Index),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(Step::Open),
        4 => any::<prop::sample::Index>().prop_map(Step::Settle),
        2 => prop_oneof![0..20 * SECOND, 0..40 * MINUTE, 0..2 * DAY].prop_map(Step::Wait),
    ]
}

/// A refusal without what only the object knows.
fn told<T>(reply: &Reply<T>) -> String {
    reply.as_ref().err().map_or_else(|| "challenge".into(), |refusal| format!("{refusal:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// CW-086: whatever a stranger with wrong passwords tries, at the web and at the device door, he is told the same.
    #[test]
    fn cw_086_known_and_unknown_names_answer_alike(steps in prop::collection::vec(step(), 1..80)) {
        let (mut known, mut unknown) = (World::user(), Shard::new());
        let mut open: Vec<(bool, Challenge, Challenge)> = Vec::new();
        for step in steps {
            match step {
                Step::Open(web) => {
                    let theirs = if web { known.attempt() } else { known.device_attempt(None) };
                    let nobodys = unknown.attempt(if web { Door::Web } else { Door::Device });
                    prop_assert_eq!(told(&theirs), told(&nobodys));
                    if let (Ok(theirs), Ok(nobodys)) = (theirs, nobodys) {
                        prop_assert_eq!((theirs.m, theirs.t, theirs.p, theirs.len), (nobodys.m, nobodys.t, nobodys.p, nobodys.len));
                        prop_assert_eq!(theirs.salt.len(), nobodys.salt.len());
                        open.push((web, theirs, nobodys));
                    }
                }
                Step::Settle(which) if !open.is_empty() => {
                    let (web, theirs, nobodys) = open.remove(which.index(open.len()));
                    let told = if web {
                        known.settle(&theirs, WRONG, "s").unwrap_err()
                    } else {
                        known.device_settle(&theirs, End::Client, "pc", None, WRONG, None).unwrap_err()
                    };
                    prop_assert_eq!(told, unknown.settle(if web { Door::Web } else { Door::Device }, &nobodys));
                }
                Step::Settle(_) => {}
                Step::Wait(ms) => {
                    known.advance(ms);
                    unknown.now += ms;
                }
            }
        }
    }
}

#[test]
fn st_074_when_a_withdrawn_invitation_was_mailed_stays_with_its_address_for_its_contract() {
    let mut shard = Shard::new();
    let reserve = |shard: &mut Shard, uid: &str, contract: &str| {
        shard.ask(Reserve { key: Shard::key(), uid: uid.into(), contract: contract.into() }).map(|reserved| reserved.asked)
    };
    assert_eq!(reserve(&mut shard, "one", OURS), Ok(Vec::new()));
    shard.confirm("one").unwrap();
    let asked = vec![shard.now, shard.now + 60_000];
    shard.ask(Release { key: Shard::key(), uid: "one".into(), asked: asked.clone() }).unwrap();
    for uid in ["two", "three"] {
        assert_eq!(reserve(&mut shard, uid, OURS), Ok(asked.clone()), "also when nothing came of the reservation");
    }
    shard.confirm("two").unwrap();
    shard.release("two").unwrap();
    assert_eq!(reserve(&mut shard, "four", OURS), Ok(Vec::new()), "what its last owner says counts");
}
