//! How a person wants to read the pages. Kept here so that every browser he logs in with has it; the pages themselves follow a
//! cookie, which the login sets from here.

use serde::{Deserialize, Serialize};

use super::{Done, own::session, person::Person, person::Stage};
use crate::{ask::Reply, rules::date::Zone, turn::Turn};

/// The languages that pages exist in (BCP 47).
const LANGUAGES: [&str; 2] = ["ja", "en"];

/// Language and time zone, as far as they were chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// `ja` or `en`; empty: as the browser asks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// The zone of time stamps; none: Asia/Tokyo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

impl Preferences {
    /// Whether nothing was chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A person chooses; what he says nothing about stays.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prefer {
    /// SHA-256 of the session id.
    pub session: String,
    /// What he chose.
    pub chosen: Preferences,
}

pub(super) fn prefer(turn: &mut Turn, person: &mut Person, command: &Prefer) -> Reply<Done> {
    session(turn, person, &command.session, Some(Stage::Full))?;
    let Preferences { language, zone } = &command.chosen;
    if LANGUAGES.contains(&language.as_str()) {
        person.preferences.language.clone_from(language);
    }
    if let Some(zone) = zone.filter(|zone| zone.is_real()) {
        person.preferences.zone = Some(zone);
    }
    Ok(Done)
}
