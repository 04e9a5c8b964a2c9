//! How pages are shown: language and time zone in a cookie, so that no page asks for them. The Account keeps a person's choice and
//! the login brings it here (`preferences`); the cookie is nobody's secret, and whatever is not on offer in it counts as not chosen.
//!
//! Zones are fixed distances from UTC, as everything in `durable::rules::date`: a database of zones would cost more than the rest of
//! the calendar. In summer time the person chooses the zone an hour ahead.

use durable::{account::Preferences, rules::date::Zone};

use crate::texts::{Lang, ZONES};

/// How long a choice is kept, in seconds: 400 days, the longest that browsers grant.
const KEPT_S: u32 = 400 * 24 * 60 * 60;

/// The cookie's name: `__Host-` needs https.
#[must_use]
pub fn cookie_name(origin: &str) -> &'static str {
    if origin.starts_with("https://") { "__Host-view" } else { "view" }
}

/// A choice as it was typed or kept; empty and unknown values are none.
#[must_use]
pub fn chosen(language: &str, zone: &str) -> Preferences {
    let language = Lang::of_tag(language).map_or("", Lang::tag).to_owned();
    let zone = zone.parse().ok().map(|offset_min| Zone { offset_min });
    Preferences { language, zone: zone.filter(|zone| ZONES.iter().any(|(offset, ..)| *offset == zone.offset_min)) }
}

/// The choice in a `Cookie` header.
#[must_use]
pub fn find(header: &str, origin: &str) -> Preferences {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.find(|(name, _)| *name == cookie_name(origin)).map_or("", |(_, value)| value);
    let (language, zone) = value.split_once('.').unwrap_or_default();
    chosen(language, zone)
}

/// `Set-Cookie` with this choice.
#[must_use]
pub fn cookie(origin: &str, chosen: &Preferences) -> String {
    let secure = if origin.starts_with("https://") { "; Secure" } else { "" };
    let zone = chosen.zone.map_or_else(String::new, |zone| zone.offset_min.to_string());
    let name = cookie_name(origin);
    format!("{name}={}.{zone}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={KEPT_S}", chosen.language)
}

/// One choice over another: what it says nothing about stays.
#[must_use]
pub fn over(chosen: &Preferences, before: &Preferences) -> Preferences {
    let language = if chosen.language.is_empty() { &before.language } else { &chosen.language };
    Preferences { language: language.clone(), zone: chosen.zone.or(before.zone) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    /// The `Cookie` header of a browser that was sent this.
    fn sent_back(set_cookie: &str) -> String {
        format!("a=b; {}; session=x", set_cookie.split(';').next().unwrap())
    }

    #[test]
    fn a_choice_survives_the_cookie() {
        for (language, zone) in [("ja", "540"), ("en", "-480"), ("", "0"), ("en", ""), ("", "")] {
            for origin in ["https://a.example", "http://localhost:8787"] {
                let choice = chosen(language, zone);
                assert_eq!(find(&sent_back(&cookie(origin, &choice)), origin), choice);
            }
        }
        assert!(cookie("https://a.example", &chosen("en", "")).contains("; Secure"));
    }

    #[test]
    fn what_is_not_on_offer_is_not_chosen() {
        for (language, zone) in [("fr", "541"), ("JA", "9999999"), ("ja ", "+540x"), ("e", "-841")] {
            assert_eq!(chosen(language, zone), Preferences::default(), "{language} {zone}");
        }
        assert_eq!(find("view=; view=en.540", "http://localhost"), Preferences::default(), "the first one counts");
    }

    #[test]
    fn every_zone_on_offer_is_real_distinct_and_in_order_with_tokyo_among_them() {
        assert!(ZONES.windows(2).all(|pair| matches!(pair, [(a, ..), (b, ..)] if a < b)));
        assert!(ZONES.iter().all(|(offset_min, ..)| Zone { offset_min: *offset_min }.is_real()));
        assert!(ZONES.iter().any(|(offset_min, ..)| Zone { offset_min: *offset_min } == Zone::TOKYO));
    }

    #[test]
    fn one_choice_does_not_undo_the_other() {
        let (language, zone) = (chosen("en", ""), chosen("", "60"));
        assert_eq!(over(&zone, &language), chosen("en", "60"));
        assert_eq!(over(&language, &zone), chosen("en", "60"));
    }

    proptest! {
        #[test]
        fn no_cookie_breaks_a_page_or_a_header(header in "\\PC*", language in "\\PC{0,4}", zone in "\\PC{0,6}") {
            let _ = find(&header, "http://localhost");
            let set = cookie("http://localhost", &chosen(&language, &zone));
            prop_assert!(set.is_ascii() && !set.contains(['\r', '\n']));
        }
    }
}
