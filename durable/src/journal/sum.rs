//! Events that repeat are summed while they wait in the Account's outbox, so that whoever guesses passwords, or a phone in a
//! tunnel, writes one row and not hundreds: failures a minute, disconnections of a device an hour. A sum keeps the first
//! instant, the number of times, the last instant, and the addresses.

use crate::{Millis, effect::Event};

const MINUTE: Millis = 60 * 1000;
const HOUR: Millis = 60 * MINUTE;
/// A sum leaves this long after its window, so that nothing is added to a row that is on its way.
const MARGIN: Millis = 2_000;
/// Addresses that a sum names; of more it says that there were more.
const ADDRESSES: usize = 3;

/// The window in which events of this code are summed; `None`: each is a row of its own.
#[must_use]
pub fn window(code: &str) -> Option<Millis> {
    match code {
        "sign-in-failed" | "sign-in-refused" | "device-sign-in-failed" | "factor-failed" => Some(MINUTE),
        "device-disconnected" => Some(HOUR),
        _ => None,
    }
}

/// When a row may leave the outbox: at once, or behind its window.
#[must_use]
pub fn due(event: &Event) -> Millis {
    let Some(window) = window(&event.code) else { return event.at };
    let begun = event.at.saturating_sub(event.at.rem_euclid(window));
    begun.saturating_add(window).saturating_add(MARGIN)
}

/// Whether `event` is one more of `waiting`: the same in the same window, but for when and from where.
#[must_use]
pub fn belongs(waiting: &Event, event: &Event) -> bool {
    let same = |key: &str| waiting.detail.get(key) == event.detail.get(key);
    window(&event.code).is_some_and(|window| {
        waiting.code == event.code
            && waiting.by == event.by
            && ["end", "name", "why"].iter().all(|key| same(key))
            && waiting.at.div_euclid(window) == event.at.div_euclid(window)
    })
}

/// Adds one more event to a sum.
pub fn add(sum: &mut Event, event: &Event) {
    let times = sum.detail.get("times").and_then(|times| times.parse::<u32>().ok()).unwrap_or(1);
    sum.detail.insert("times".into(), times.saturating_add(1).to_string());
    sum.detail.insert("last".into(), event.at.to_string());
    let known: Vec<&str> = sum.address.split(", ").collect();
    if event.address.is_empty() || known.contains(&event.address.as_str()) || known.last() == Some(&"…") {
        return;
    }
    let more = if known.len() < ADDRESSES { &event.address } else { "…" };
    sum.address = if sum.address.is_empty() { more.into() } else { format!("{}, {more}", sum.address) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(at: Millis, address: &str) -> Event {
        Event::new("sign-in-failed", at, "cwtest.00001").from(address)
    }

    #[test]
    fn failures_of_a_minute_are_one_row_that_says_how_many_and_from_where() {
        let mut sum = failed(60_000, "192.0.2.1");
        for (at, address) in [(60_001, "192.0.2.1"), (90_000, "192.0.2.2"), (119_998, "192.0.2.3"), (119_999, "192.0.2.4")] {
            assert!(belongs(&sum, &failed(at, address)));
            add(&mut sum, &failed(at, address));
        }
        assert_eq!(sum.address, "192.0.2.1, 192.0.2.2, 192.0.2.3, …");
        assert_eq!(sum.detail.get("times").map(String::as_str), Some("5"));
        assert_eq!(sum.detail.get("last").map(String::as_str), Some("119999"));
        assert!(!belongs(&sum, &failed(120_000, "192.0.2.1")), "another minute");
        assert!(due(&sum) > 120_000, "nothing is added to a row that is on its way");
    }

    #[test]
    fn only_the_same_happening_is_summed() {
        let event = |name: &str| Event::new("device-disconnected", 0, "a").with("end", "client").with("name", name);
        assert!(belongs(&event("PC-1"), &event("PC-1")));
        assert!(!belongs(&event("PC-1"), &event("PC-2")));
        let other = Event::new("device-sign-in-failed", 0, "a");
        assert!(!belongs(&Event::new("sign-in-failed", 0, "a"), &other));
        assert!(!belongs(&Event::new("signed-in", 0, "a"), &Event::new("signed-in", 0, "a")));
        assert_eq!(due(&Event::new("signed-in", 5, "a")), 5);
    }
}
