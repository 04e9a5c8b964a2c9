//! The chain: each row's MAC covers its number, its text and the MAC of the row before it. Changing, deleting, inserting or
//! moving a row breaks the chain at that row; cutting off its end is seen by the head, which says how far the chain goes and
//! has a MAC of its own. The keys are made from `DATA_KEYS`: the first signs, all verify.

use serde::{Deserialize, Serialize};

use crate::{
    rules::phc::same,
    secret::{base64, mac},
};

/// How far a chain goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last row.
    pub id: u64,
    /// That row's MAC.
    pub mac: String,
    /// The MAC over both.
    pub seal: String,
}

/// The MAC of row `id`: over the MAC before it, and the row's text.
#[must_use]
pub fn link(key: &[u8], before: &str, id: u64, row: &str) -> String {
    base64(&mac(key, &[before.as_bytes(), &id.to_be_bytes(), row.as_bytes()]))
}

/// The head of a chain that ends with this row.
#[must_use]
pub fn head(key: &[u8], id: u64, last: &str) -> Head {
    Head { id, mac: last.to_owned(), seal: base64(&mac(key, &[b"head", &id.to_be_bytes(), last.as_bytes()])) }
}

/// Whether a head was written under one of the keys.
#[must_use]
pub fn holds(keys: &[[u8; 32]], stored: &Head) -> bool {
    keys.iter().any(|key| same(head(key, stored.id, &stored.mac).seal.as_bytes(), stored.seal.as_bytes()))
}

/// The position of the first row that does not follow from the one before it under any of the keys; `None` when all do.
/// `after` and `before` are the number and MAC of the row in front of the first one.
#[must_use]
pub fn first_broken(keys: &[[u8; 32]], after: u64, before: &str, rows: &[(u64, String, String)]) -> Option<usize> {
    let mut last = (after, before);
    for (index, (id, row, stored)) in rows.iter().enumerate() {
        let follows = last.0.checked_add(1) == Some(*id)
            && keys.iter().any(|key| same(link(key, last.1, *id, row).as_bytes(), stored.as_bytes()));
        if !follows {
            return Some(index);
        }
        last = (*id, stored);
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    const KEYS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

    /// A chain whose rows alternate between the keys, as after a rotation.
    fn chain(texts: &[&str]) -> Vec<(u64, String, String)> {
        let mut rows: Vec<(u64, String, String)> = Vec::new();
        for (id, text) in (1..).zip(texts) {
            let before = rows.last().map_or("", |row| row.2.as_str());
            let mac = link(&KEYS[usize::from(id % 2 == 0)], before, id, text);
            rows.push((id, (*text).to_owned(), mac));
        }
        rows
    }

    #[test]
    fn a_chain_holds_under_all_of_its_keys_and_under_no_other() {
        let rows = chain(&["a", "b", "c"]);
        assert_eq!(first_broken(&KEYS, 0, "", &rows), None);
        assert_eq!(first_broken(&KEYS, 1, &rows[0].2, &rows[1..]), None, "in parts");
        assert_eq!(first_broken(&KEYS[..1], 0, "", &rows), Some(1));
        assert_eq!(first_broken(&[[3; 32]], 0, "", &rows), Some(0));
        assert_eq!(first_broken(&KEYS, 0, "x", &rows), Some(0), "of another month");
    }

    #[test]
    fn a_head_says_how_far_a_chain_goes_and_cannot_be_made_without_a_key() {
        let head = head(&KEYS[1], 3, "mac");
        assert!(holds(&KEYS, &head));
        assert!(!holds(&KEYS[..1], &head));
        assert!(!holds(&KEYS, &Head { id: 2, ..head.clone() }));
        assert!(!holds(&KEYS, &Head { mac: "other".into(), ..head }));
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_a_row_is_found_at_that_row(place in 0..6_usize, what in 0..5_usize) {
            let rows = chain(&["a", "b", "c", "d", "e", "f"]);
            let mut changed = rows.clone();
            match what {
                0 => changed[place].1.push('!'),
                1 => changed[place].2 = rows[(place + 1) % 6].2.clone(),
                2 => changed[place].0 += 1,
                3 => { changed.remove(place); }
                _ => changed.insert(place, (rows[place].0, "new".into(), rows[place].2.clone())),
            }
            let found = first_broken(&KEYS, 0, "", &changed);
            // The last row can only be missed by the head.
            prop_assert_eq!(found, if what == 3 && place == 5 { None } else { Some(place) });
        }
    }
}
