//! A stored value as a handful of JSON rows, and which of them a turn changed.
//!
//! An object's value is a struct; each of its fields is one row `key → JSON`. A row is written only when its text changed,
//! so a turn that changes nothing writes nothing. A store written by newer code is read-only to older code.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};

use crate::json::{self, Unreadable};

/// The layout that this code writes. A higher one in the store means: newer code was here, write nothing.
pub const LAYOUT: u32 = 1;

/// A stored value: its rows as text, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(BTreeMap<String, String>);

/// Why a store could not be read or written.
#[derive(Debug)]
pub enum Fault {
    /// A row is not what this code understands.
    Unreadable(Unreadable),
    /// A value cannot be written as JSON.
    Unwritable(serde_json::Error),
    /// A newer version of this code wrote here.
    Newer,
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "a stored row cannot be read: {why}"),
            Self::Unwritable(why) => write!(f, "a value cannot be stored: {why}"),
            Self::Newer => f.write_str("newer code wrote this store; it is read-only here"),
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(why: serde_json::Error) -> Self {
        Self::Unwritable(why)
    }
}

impl From<Unreadable> for Fault {
    fn from(why: Unreadable) -> Self {
        Self::Unreadable(why)
    }
}

impl Rows {
    /// From one JSON object `{key: value, …}`, as the store reads all rows in one query.
    ///
    /// # Errors
    /// When it is not such an object.
    pub fn parse(object: &str) -> Result<Self, Fault> {
        let members = json::members(object)?;
        Ok(Self(members.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
    }

    /// The rows of a value.
    ///
    /// # Errors
    /// When the value is not a struct that JSON can hold.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, Fault> {
        Self::parse(&serde_json::to_string(value)?)
    }

    /// The value in these rows, or `None` when there are none. Missing rows take the field's default.
    ///
    /// # Errors
    /// When a row is not what its field holds.
    pub fn value<T: DeserializeOwned>(&self) -> Result<Option<T>, Fault> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut object = String::from("{");
        for (index, (key, json)) in self.0.iter().enumerate() {
            if index > 0 {
                object.push(',');
            }
            object.push_str(&serde_json::to_string(key)?);
            object.push(':');
            object.push_str(json);
        }
        object.push('}');
        Ok(Some(json::read(&object)?))
    }

    /// The rows that `after` changed or added, against these.
    #[must_use]
    pub fn changed<'a>(&self, after: &'a Self) -> Vec<(&'a str, &'a str)> {
        after
            .0
            .iter()
            .filter(|(key, json)| self.0.get(*key) != Some(json))
            .map(|(key, json)| (key.as_str(), json.as_str()))
            .collect()
    }

    /// The layout that these rows were written in.
    #[must_use]
    pub fn layout(&self) -> u32 {
        self.0.get("layout").and_then(|json| json.parse().ok()).unwrap_or(LAYOUT)
    }

    /// Whether nothing is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Value {
        a: u32,
        #[serde(default)]
        b: Vec<String>,
    }

    #[test]
    fn only_changed_rows_are_written() {
        let before = Rows::of(&Value { a: 1, b: vec!["x".into()] }).unwrap();
        let after = Rows::of(&Value { a: 2, b: vec!["x".into()] }).unwrap();
        assert_eq!(before.changed(&after), [("a", "2")]);
        assert_eq!(before.changed(&before), []);
    }

    #[test]
    fn a_missing_row_is_its_default() {
        let value: Value = Rows::parse(r#"{"a":7}"#).unwrap().value().unwrap().unwrap();
        assert_eq!(value, Value { a: 7, b: vec![] });
        assert!(Rows::parse("{}").unwrap().value::<Value>().unwrap().is_none());
    }
}
