//! Calendar days and time stamps without a time-zone library: zones are fixed offsets (Asia/Tokyo has had no other since 1951).
//!
//! A [`Day`] is a date on a calendar, not an instant; it becomes one only together with a [`Zone`]. The proleptic Gregorian
//! calendar, years 1900 to 9999, so that the ten characters `YYYY-MM-DD` always suffice and sort like the days.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Millis;

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const DAY: Millis = 24 * 60 * MINUTE;
/// 1900-01-01 as days since 1970-01-01.
const FIRST: i64 = -25_567;
/// 9999-12-31 as days since 1970-01-01.
const LAST: i64 = 2_932_896;

/// A calendar day. Stored and sent as `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(
    /// Days since 1970-01-01, `FIRST..=LAST`.
    i64,
);

/// A fixed distance from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zone {
    /// Minutes east of UTC.
    pub offset_min: i16,
}

impl Zone {
    /// Asia/Tokyo.
    pub const TOKYO: Self = Self { offset_min: 540 };

    /// Whether a clock somewhere could show it: UTC-14 to UTC+14.
    #[must_use]
    pub fn is_real(self) -> bool {
        self.offset_min.unsigned_abs() <= 14 * 60
    }

    fn millis(self) -> Millis {
        Millis::from(self.offset_min).saturating_mul(MINUTE)
    }
}

impl Day {
    /// Reads exactly `YYYY-MM-DD`, 1900-01-01 to 9999-12-31; `None` for another shape or a day that does not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_i64, |sum, digit| {
                digit.is_ascii_digit().then(|| sum.saturating_mul(10).saturating_add(i64::from(digit & 0x0F)))
            })
        };
        let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
        if !(1900..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let days = days_from_civil(year, month, day);
        (civil_from_days(days) == (year, month, day)).then_some(Self(days))
    }

    /// The day that it is in `zone` at `now`; days beyond the calendar's ends are its ends.
    #[must_use]
    pub fn at(now: Millis, zone: Zone) -> Self {
        Self(now.saturating_add(zone.millis()).div_euclid(DAY).clamp(FIRST, LAST))
    }

    /// 00:00 of this day in `zone`.
    #[must_use]
    pub fn start(self, zone: Zone) -> Millis {
        self.0.saturating_mul(DAY).saturating_sub(zone.millis())
    }

    /// 24:00 of this day in `zone`: the first moment that is no longer this day.
    #[must_use]
    pub fn end(self, zone: Zone) -> Millis {
        self.start(zone).saturating_add(DAY)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a day of the form YYYY-MM-DD")
    }
}

/// Today in Asia/Tokyo.
#[must_use]
pub fn today(now: Millis) -> Day {
    Day::at(now, Zone::TOKYO)
}

/// A time stamp as people see it (CW-056): `2024-01-18 15:49:41 +0900`.
#[must_use]
pub fn stamp(now: Millis, zone: Zone) -> String {
    let (day, time, (sign, hours, minutes)) = parts(now, zone);
    format!("{day} {time} {sign}{hours:02}{minutes:02}")
}

/// A time stamp as programs see it (RFC 3339): `2026-11-22T09:00:00+09:00`.
#[must_use]
pub fn rfc3339(now: Millis, zone: Zone) -> String {
    let (day, time, (sign, hours, minutes)) = parts(now, zone);
    format!("{day}T{time}{sign}{hours:02}:{minutes:02}")
}

/// Day, `HH:MM:SS` and offset (sign, hours, minutes) of `now` in `zone`; fractions of a second are cut off.
fn parts(now: Millis, zone: Zone) -> (Day, String, (char, u16, u16)) {
    let day = Day::at(now, zone);
    let seconds = now.saturating_sub(day.start(zone)).clamp(0, DAY - 1) / SECOND;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let sign = if zone.offset_min < 0 { '-' } else { '+' };
    let offset = zone.offset_min.unsigned_abs();
    (day, format!("{hour:02}:{minute:02}:{second:02}"), (sign, offset / 60, offset % 60))
}

/// Days since 1970-01-01 of a date, counted in eras of 400 years that begin on 1 March (Hinnant, "chrono-compatible low-level
/// date algorithms"). A day of the month that does not exist runs into the next month.
#[expect(clippy::arithmetic_side_effects, reason = "year, month and day have at most four digits")]
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse: year, month, day.
#[expect(clippy::arithmetic_side_effects, reason = "days lie within FIRST - 31 ..= LAST + 31")]
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn every_day_of_the_calendar_follows_the_one_before() {
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let mut count = FIRST;
        for year in 1900..=9999 {
            for (month, days) in (1..).zip([31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for d in 1..=days {
                    assert_eq!(days_from_civil(year, month, d), count);
                    assert_eq!(civil_from_days(count), (year, month, d));
                    count += 1;
                }
            }
        }
        assert_eq!(count - 1, LAST);
    }

    #[test]
    fn reading_is_strict() {
        for text in ["1900-01-01", "2000-02-29", "2024-02-29", "9999-12-31"] {
            assert_eq!(day(text).to_string(), text);
            assert_eq!(serde_json::to_string(&day(text)).unwrap(), format!("\"{text}\""));
        }
        let refused = [
            "",
            "-",
            "2022-12-1",
            "2022-12-011",
            "22-12-01",
            "2022/12/01",
            "2022-13-01",
            "2022-00-01",
            "2022-01-00",
            "2022-01-32",
            "2023-02-29",
            "1900-02-29",
            "2100-02-29",
            "2022-04-31",
            "1899-12-31",
            "0000-01-01",
            " 2022-12-01",
            "2022-12-01 ",
            "+022-12-01",
            "２０２２-12-01",
        ];
        for text in refused {
            assert_eq!(Day::parse(text), None, "{text:?}");
        }
        assert!(serde_json::from_str::<Day>("\"2023-02-29\"").is_err());
    }

    #[test]
    fn cw_056_time_stamps_carry_the_offset() {
        let then = 1_705_560_581_999;
        assert_eq!(stamp(then, Zone::TOKYO), "2024-01-18 15:49:41 +0900");
        assert_eq!(stamp(then, Zone { offset_min: 0 }), "2024-01-18 06:49:41 +0000");
        assert_eq!(stamp(then, Zone { offset_min: -570 }), "2024-01-17 21:19:41 -0930");
        assert_eq!(rfc3339(1_795_305_600_000, Zone::TOKYO), "2026-11-22T09:00:00+09:00");
        assert_eq!(rfc3339(-1, Zone { offset_min: 0 }), "1969-12-31T23:59:59+00:00");
    }

    #[test]
    fn a_day_in_tokyo_begins_at_15_utc() {
        assert_eq!(day("1970-01-02").start(Zone::TOKYO), 15 * 60 * MINUTE);
        assert_eq!(today(15 * 60 * MINUTE - 1), day("1970-01-01"));
        assert_eq!(today(15 * 60 * MINUTE), day("1970-01-02"));
    }

    #[test]
    fn instants_beyond_the_calendar_stay_printable() {
        for now in [Millis::MIN, Millis::MAX] {
            assert_eq!(stamp(now, Zone::TOKYO).len(), 25);
        }
    }

    proptest! {
        #[test]
        fn a_day_spans_from_its_start_to_its_end(days in FIRST..=LAST, offset_min in -840_i16..=840) {
            let (day, zone) = (Day(days), Zone { offset_min });
            prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
            prop_assert_eq!(Day::at(day.start(zone), zone), day);
            prop_assert_eq!(Day::at(day.end(zone) - 1, zone), day);
            prop_assert_eq!(day.end(zone) - day.start(zone), DAY);
        }

        #[test]
        fn no_text_panics(text in any::<String>(), digits in "[0-9]{4}-[0-9]{2}-[0-9]{2}") {
            let _ = Day::parse(&text);
            if let Some(day) = Day::parse(&digits) {
                prop_assert_eq!(day.to_string(), digits);
            }
        }
    }
}
