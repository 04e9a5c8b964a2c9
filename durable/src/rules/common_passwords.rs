//! The list of common passwords (decisions, "Password policies").
//!
//! A listed word with an upper-case letter, a year and an exclamation mark satisfies every rule about classes and is still the
//! first thing that is guessed. So a password is common when its letters make up at most two listed words (in any case, with
//! the usual substitutions such as `@` for `a`, and with digits and symbols anywhere between them), or when it has hardly any
//! different characters at all.

use std::collections::BTreeSet;

/// The words, one a line, sorted: what is listed most often in public leaks, keyboard walks (US and Japanese keyboards), and
/// the names of our services.
const WORDS: &str = include_str!("common_passwords.txt");
/// How many listed words one after the other are still guessed soon.
const WORDS_MAX: usize = 2;
/// With so few different characters a password is common whatever they are.
const FEW_CHARACTERS: usize = 5;

/// Whether this password is among the first that are guessed.
#[must_use]
pub fn is_common(candidate: &str) -> bool {
    let typed: Vec<char> = candidate.chars().map(|c| c.to_ascii_lowercase()).collect();
    typed.iter().collect::<BTreeSet<_>>().len() <= FEW_CHARACTERS || is_made_of_words(&typed)
}

/// Whether at most [`WORDS_MAX`] listed words, at least one, cover every letter.
fn is_made_of_words(typed: &[char]) -> bool {
    // `reached[i]`: the fewest words that cover the letters of the first i characters.
    let mut reached: Vec<Option<usize>> = vec![None; typed.len().saturating_add(1)];
    if let Some(start) = reached.first_mut() {
        *start = Some(0);
    }
    for (place, c) in typed.iter().enumerate() {
        let Some(words) = reached.get(place).copied().flatten() else { continue };
        if !c.is_alphabetic() {
            reach(&mut reached, place.saturating_add(1), words);
        }
        let rest = typed.get(place..).unwrap_or_default();
        for word in WORDS.lines().filter(|word| begins_with(rest, word)) {
            reach(&mut reached, place.saturating_add(word.len()), words.saturating_add(1));
        }
    }
    matches!(reached.last(), Some(Some(1..=WORDS_MAX)))
}

fn reach(reached: &mut [Option<usize>], place: usize, words: usize) {
    if let Some(fewest) = reached.get_mut(place) {
        *fewest = Some(fewest.map_or(words, |before| before.min(words)));
    }
}

fn begins_with(typed: &[char], word: &str) -> bool {
    typed.len() >= word.len() && word.chars().zip(typed).all(|(listed, &typed)| stands_for(typed, listed))
}

/// Whether `typed` is `listed`, or what people type in its place: look-alikes of letters, digits with the shift key held.
fn stands_for(typed: char, listed: char) -> bool {
    typed == listed
        || match listed {
            'a' => matches!(typed, '4' | '@'),
            'b' => typed == '8',
            'e' => typed == '3',
            'g' => matches!(typed, '6' | '9'),
            'i' | 'l' => matches!(typed, '1' | '!' | '|'),
            'o' => typed == '0',
            's' => matches!(typed, '5' | '$'),
            't' => matches!(typed, '7' | '+'),
            'z' => typed == '2',
            '1' => typed == '!',
            '2' => matches!(typed, '@' | '"'),
            '3' => typed == '#',
            '4' => typed == '$',
            '5' => typed == '%',
            '6' => matches!(typed, '^' | '&'),
            '7' => matches!(typed, '&' | '\''),
            '8' => matches!(typed, '*' | '('),
            '9' => matches!(typed, '(' | ')'),
            '0' => typed == ')',
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_guessed_first_is_common() {
        let guessed = [
            "Password1!",
            "P@ssw0rd123",
            "Pa$$w0rd!!1",
            "Passw0rd2024!",
            "2024Password!",
            "Admin@12345",
            "Welcome1234!",
            "Qwerty123!@#",
            "1qaz!QAZ2wsx",
            "1qaz@WSX3edc",
            "1QAZ2wsx#EDC",
            "!QAZ2wsx",
            "Zaq12wsx!!",
            "Asdfghjkl;1",
            "Abcd1234!@",
            "Aaaaaaaa1!",
            "Summer2024!",
            "Tokyo2020!!",
            "Sakura#2023",
            "Coconowork1!",
            "WorksDrive-2022",
            "CoWork-Storage1!",
            "LetMeIn123!",
            "ILoveYou2!",
            "PasswordPassword1!",
            "Abababab1!",
            "A11111111!",
            "T4n4k4-T4r0-1980",
            "DragonMaster99!",
            "Himitsu123!",
        ];
        for password in guessed {
            assert!(is_common(password), "{password:?}");
        }
    }

    #[test]
    fn what_nobody_guesses_is_not() {
        for password in
            ["Kvjxq-2931", "correct-Horse-7battery", "A1928374655!", "xPassword1!", "Sakura-Tokyo-Ninja-8", "R#8m&Wq2$Zt5"]
        {
            assert!(!is_common(password), "{password:?}");
        }
    }

    #[test]
    fn the_list_is_sorted_folded_and_has_no_word_twice() {
        let words: Vec<_> = WORDS.lines().collect();
        assert!(words.is_sorted_by(|a, b| a < b));
        assert!(words.iter().all(|word| word.len() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())));
    }

    proptest! {
        #[test]
        fn a_listed_word_with_digits_and_symbols_around_is_common(
            place in 0..WORDS.lines().count(), upper in any::<u32>(), before in "[0-9!#-]{0,4}", after in "[0-9!#-]{0,6}",
        ) {
            let word: String = WORDS.lines().nth(place).unwrap_or_default().chars().enumerate()
                .map(|(i, c)| if upper >> (i % 32) & 1 == 1 { c.to_ascii_uppercase() } else { c }).collect();
            let password = format!("{before}{word}{after}");
            prop_assert!(is_common(&password));
        }
    }
}
