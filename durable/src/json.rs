//! Reading JSON of our own making: stored rows, and messages between Worker and objects. What comes from outside is read by
//! `serde_json`, which says what is wrong with it.
//!
//! Why a second reader: `serde_json` compiles two readings of every struct (as an object and as a list) around an error that
//! has to be dropped at each step; unwinding doubles that again, and it was a quarter of the bundle. Here a struct is an object,
//! an error is a number, and everything that does not depend on the type is compiled once. Invariant, held by tests: whatever
//! both read, they read alike, and nothing that arrives can panic.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

/// Reads a whole text.
///
/// # Errors
/// Where it is not JSON, or not of this type.
pub fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unreadable> {
    let mut reader = Reader { text, at: 0 };
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The members of an object: their names, and their values as they stand.
///
/// # Errors
/// Where it is not an object, or a name needs escapes, which none of ours does.
pub fn members(text: &str) -> Result<Vec<(&str, &str)>, Unreadable> {
    let mut reader = Reader { text, at: 0 };
    let mut members = Vec::new();
    reader.take(b'{')?;
    let mut first = true;
    while reader.more(&mut first, b'}')? {
        let Cow::Borrowed(name) = reader.string()? else { return Err(reader.wrong()) };
        reader.take(b':')?;
        members.push((name, reader.skip()?));
    }
    reader.end()?;
    Ok(members)
}

/// The text is not JSON, or not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Behind this byte; unknown when a value was well-formed but meant nothing.
    at: Option<usize>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "unreadable behind byte {at}"),
            None => f.write_str("a value that means nothing here"),
        }
    }
}

impl std::error::Error for Unreadable {}

impl serde::de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { at: None }
    }
}

/// A text and how far it has been read.
struct Reader<'de> {
    text: &'de str,
    at: usize,
}

impl<'de> Reader<'de> {
    fn wrong(&self) -> Unreadable {
        Unreadable { at: Some(self.at) }
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = self.text.as_bytes().get(self.at).copied()?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at = self.at.saturating_add(1);
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Unreadable> {
        if self.peek() == Some(byte) {
            self.at = self.at.saturating_add(1);
            return Ok(());
        }
        Err(self.wrong())
    }

    fn end(&mut self) -> Result<(), Unreadable> {
        if self.peek().is_none() { Ok(()) } else { Err(self.wrong()) }
    }

    /// Whether another member follows; takes the comma before it, or the closing bracket.
    fn more(&mut self, first: &mut bool, closing: u8) -> Result<bool, Unreadable> {
        if self.peek() == Some(closing) {
            self.at = self.at.saturating_add(1);
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.take(b',')?;
        }
        Ok(true)
    }

    /// `true`, `false` or `null`, if it stands here.
    fn word(&mut self, word: &str) -> bool {
        self.peek();
        let here = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if here {
            self.at = self.at.saturating_add(word.len());
        }
        here
    }

    fn string(&mut self) -> Result<Cow<'de, str>, Unreadable> {
        self.take(b'"')?;
        let mut owned = String::new();
        loop {
            let rest = self.text.get(self.at..).ok_or_else(|| self.wrong())?;
            let length = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\') || byte < 0x20).ok_or_else(|| self.wrong())?;
            let (plain, behind) = rest.split_at_checked(length).ok_or_else(|| self.wrong())?;
            self.at = self.at.saturating_add(length).saturating_add(1);
            match behind.bytes().next() {
                Some(b'"') if owned.is_empty() => return Ok(Cow::Borrowed(plain)),
                Some(b'"') => {
                    owned.push_str(plain);
                    return Ok(Cow::Owned(owned));
                }
                Some(b'\\') => {
                    owned.push_str(plain);
                    owned.push(self.escape()?);
                }
                _ => return Err(self.wrong()),
            }
        }
    }

    /// What follows a backslash (RFC 8259, section 7).
    fn escape(&mut self) -> Result<char, Unreadable> {
        let letter = self.text.as_bytes().get(self.at).copied();
        self.at = self.at.saturating_add(1);
        Ok(match letter {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'u') => {
                let first = self.unit()?;
                let second = if (0xd800..0xdc00).contains(&first)
                    && self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u"))
                {
                    self.at = self.at.saturating_add(2);
                    Some(self.unit()?)
                } else {
                    None
                };
                let units = std::iter::once(first).chain(second);
                let mut decoded = char::decode_utf16(units);
                match (decoded.next(), decoded.next()) {
                    (Some(Ok(character)), None) => character,
                    _ => return Err(self.wrong()),
                }
            }
            _ => return Err(self.wrong()),
        })
    }

    fn unit(&mut self) -> Result<u16, Unreadable> {
        let end = self.at.saturating_add(4);
        let digits = self.text.get(self.at..end).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or_else(|| self.wrong())?;
        self.at = end;
        Ok(unit)
    }

    /// The digits of a whole number, with its sign.
    fn number(&mut self) -> Result<&'de str, Unreadable> {
        self.peek();
        let rest = self.text.get(self.at..).ok_or_else(|| self.wrong())?;
        let length = rest.bytes().position(|byte| !(byte.is_ascii_digit() || byte == b'-')).unwrap_or(rest.len());
        let (number, behind) = rest.split_at_checked(length).ok_or_else(|| self.wrong())?;
        let digits = number.strip_prefix('-').unwrap_or(number);
        if digits.is_empty() || (digits.starts_with('0') && digits.len() > 1) || behind.starts_with(['.', 'e', 'E']) {
            return Err(self.wrong());
        }
        self.at = self.at.saturating_add(length);
        Ok(number)
    }

    /// Passes over one value, whatever it is, and gives it as it stands.
    fn skip(&mut self) -> Result<&'de str, Unreadable> {
        self.peek();
        let start = self.at;
        let mut depth = 0_u32;
        loop {
            match self.peek().ok_or_else(|| self.wrong())? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    self.at = self.at.saturating_add(1);
                }
                b'}' | b']' | b',' | b':' if depth == 0 => return Err(self.wrong()),
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.at = self.at.saturating_add(1);
                }
                b',' | b':' => self.at = self.at.saturating_add(1),
                _ => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                    let length = rest.bytes().position(|byte| !word(byte)).unwrap_or(rest.len());
                    if length == 0 {
                        return Err(self.wrong());
                    }
                    self.at = self.at.saturating_add(length);
                }
            }
            if depth == 0 {
                return self.text.get(start..self.at).ok_or_else(|| self.wrong());
            }
        }
    }
}

/// Whole numbers of every width: the visitor checks the range.
macro_rules! whole_numbers {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            let number = self.number()?;
            match number.parse::<u64>() {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_i64(number.parse().map_err(|_| self.wrong())?),
            }
        })+
    };
}

/// Texts and names.
macro_rules! strings {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            }
        })+
    };
}

/// What no type of ours is.
macro_rules! absent {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
            Err(self.wrong())
        })+
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    strings! { deserialize_str deserialize_string deserialize_identifier }

    absent! { deserialize_any deserialize_f32 deserialize_f64 deserialize_char deserialize_bytes deserialize_byte_buf }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.word("true") {
            return visitor.visit_bool(true);
        }
        if self.word("false") { visitor.visit_bool(false) } else { Err(self.wrong()) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.word("null") { visitor.visit_unit() } else { Err(self.wrong()) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.word("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.take(b'[')?;
        visitor.visit_seq(Inside { reader: self, first: true })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.take(b'[')?;
        // Its length is known, so nobody asks for one element more and meets the bracket.
        let value = visitor.visit_seq(Inside { reader: &mut *self, first: true })?;
        self.take(b']')?;
        Ok(value)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.take(b'{')?;
        visitor.visit_map(Inside { reader: self, first: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let bare = self.peek() == Some(b'"');
        if !bare {
            self.take(b'{')?;
        }
        visitor.visit_enum(Variant { reader: self, bare })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.skip()?;
        visitor.visit_unit()
    }
}

/// The inside of a list or an object.
struct Inside<'a, 'de> {
    reader: &'a mut Reader<'de>,
    first: bool,
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        if self.reader.more(&mut self.first, b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        if self.reader.more(&mut self.first, b'}')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// A variant: its bare name, or an object of its name and what it holds.
struct Variant<'a, 'de> {
    reader: &'a mut Reader<'de>,
    bare: bool,
}

impl<'de> Variant<'_, 'de> {
    fn holding<T>(self, read: impl FnOnce(&mut Reader<'de>) -> Result<T, Unreadable>) -> Result<T, Unreadable> {
        if self.bare {
            return Err(self.reader.wrong());
        }
        self.reader.take(b':')?;
        let value = read(self.reader)?;
        self.reader.take(b'}')?;
        Ok(value)
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Unreadable> {
        Ok((seed.deserialize(&mut *self.reader)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        if self.bare { Ok(()) } else { self.holding(|reader| if reader.word("null") { Ok(()) } else { Err(reader.wrong()) }) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unreadable> {
        self.holding(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.holding(|reader| reader.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unreadable> {
        self.holding(|reader| reader.deserialize_map(visitor))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Everything {
        text: String,
        small: u8,
        large: u64,
        signed: i64,
        flag: bool,
        maybe: Option<String>,
        list: Vec<Kind>,
        by_name: BTreeMap<String, u32>,
        by_kind: BTreeMap<Name, (String, i64)>,
        nothing: (),
        #[serde(skip_serializing_if = "Option::is_none")]
        inner: Option<Box<Everything>>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Name {
        FirstOne,
        Second,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Bare,
        One(u32),
        Two(String, bool),
        Named { at: i64, why: Option<Name> },
    }

    fn kind() -> impl Strategy<Value = Kind> {
        let name = prop_oneof![Just(Name::FirstOne), Just(Name::Second)];
        prop_oneof![
            Just(Kind::Bare),
            any::<u32>().prop_map(Kind::One),
            ("\\PC*", any::<bool>()).prop_map(|(text, flag)| Kind::Two(text, flag)),
            (any::<i64>(), proptest::option::of(name)).prop_map(|(at, why)| Kind::Named { at, why }),
        ]
    }

    fn flat() -> impl Strategy<Value = Everything> {
        let maps = (proptest::collection::btree_map(any::<String>(), any::<u32>(), 0..4), any::<String>(), any::<i64>());
        let flat = (
            any::<String>(),
            any::<u8>(),
            any::<u64>(),
            any::<i64>(),
            any::<bool>(),
            proptest::option::of(any::<String>()),
            proptest::collection::vec(kind(), 0..4),
            maps,
        );
        flat.prop_map(|(text, small, large, signed, flag, maybe, list, (by_name, name, number))| {
            let by_kind = BTreeMap::from([(Name::Second, (name, number))]);
            Everything { text, small, large, signed, flag, maybe, list, by_name, by_kind, nothing: (), inner: None }
        })
    }

    fn everything() -> impl Strategy<Value = Everything> {
        (flat(), proptest::option::of(flat())).prop_map(|(outer, inner)| Everything { inner: inner.map(Box::new), ..outer })
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_as_serde_json_reads_it(value in everything()) {
            for json in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert_eq!(&read::<Everything>(&json).unwrap(), &value);
                prop_assert_eq!(&read::<Everything>(&crate::ask::ascii(json)).unwrap(), &value);
            }
        }

        #[test]
        fn unknown_members_are_passed_over(value in everything()) {
            #[derive(Deserialize)]
            struct Few {
                signed: i64,
            }
            prop_assert_eq!(read::<Few>(&serde_json::to_string(&value).unwrap()).unwrap().signed, value.signed);
        }

        #[test]
        fn an_object_falls_into_its_members(value in everything()) {
            let json = serde_json::to_string(&value).unwrap();
            let whole: BTreeMap<String, serde_json::Value> = serde_json::from_str(&json).unwrap();
            let members = members(&json).unwrap();
            prop_assert_eq!(members.len(), whole.len());
            for (name, text) in members {
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(text).unwrap(), whole.get(name).unwrap());
            }
        }

        #[test]
        fn a_text_cut_or_broken_is_an_error_and_never_a_panic(value in everything(), at in any::<prop::sample::Index>(), with in "\\PC?") {
            let json = serde_json::to_string(&value).unwrap();
            let cut: Vec<usize> = json.char_indices().map(|(index, _)| index).collect();
            let (before, behind) = json.split_at(*at.get(&cut));
            prop_assert!(read::<Everything>(before).is_err());
            let broken = format!("{before}{with}{}", behind.chars().skip(1).collect::<String>());
            if let Ok(read) = read::<Everything>(&broken) {
                prop_assert_eq!(read, serde_json::from_str::<Everything>(&broken).unwrap());
            }
            let _ = members(&broken);
        }

        #[test]
        fn nothing_panics(text in "\\PC*") {
            let _ = (read::<Everything>(&text), read::<Kind>(&text), members(&text));
        }
    }

    #[test]
    fn what_is_no_json_or_no_such_value_is_an_error() {
        for text in [
            "",
            "1 2",
            "\"a",
            "{\"a\":1,}",
            "[1,]",
            "nul",
            "\"\\ud800\"",
            "\"\\x\"",
            "1.5",
            "1e3",
            "--1",
            "007",
            "-",
            "{\"One\":1",
        ] {
            assert!(read::<Kind>(text).is_err() && read::<u32>(text).is_err() && read::<String>(text).is_err(), "{text}");
        }
        assert!(read::<Kind>("\"One\"").is_err(), "a variant without what it holds");
        assert_eq!(read::<u8>("256"), Err(Unreadable { at: None }));
        assert_eq!(read::<bool>(" true x"), Err(Unreadable { at: Some(6) }));
    }
}
