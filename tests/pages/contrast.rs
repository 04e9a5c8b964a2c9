//! Contrast, computed from the tokens in both themes: WCAG 2.2, 1.4.3 (text, 4.5) and 1.4.11 (shapes that carry meaning, 3).

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../src/assets/styles/tokens.css");

/// Text on its ground.
const TEXT: [(&str, &str); 27] = [
    ("strong", "canvas"),
    ("strong", "surface"),
    ("strong", "sunken"),
    ("text", "canvas"),
    ("text", "surface"),
    ("text", "sunken"),
    ("soft", "canvas"),
    ("soft", "surface"),
    ("soft", "sunken"),
    ("link", "canvas"),
    ("link", "surface"),
    ("link", "sunken"),
    ("link", "warning-soft"),
    ("link-hover", "surface"),
    ("on-key", "key"),
    ("on-key", "key-hover"),
    ("on-danger", "danger"),
    ("on-danger", "danger-hover"),
    ("danger", "surface"),
    ("danger", "danger-soft"),
    ("danger-hover", "danger-soft"),
    ("done", "surface"),
    ("done", "done-soft"),
    ("warning", "warning-soft"),
    ("alert", "alert-soft"),
    ("info", "surface"),
    ("info", "info-soft"),
];

/// Borders of controls, marks and the focus ring on their ground.
const SHAPES: [(&str, &str); 8] = [
    ("control", "surface"),
    ("control", "canvas"),
    ("brand", "surface"),
    ("focus", "canvas"),
    ("focus", "surface"),
    ("done", "surface"),
    ("alert", "surface"),
    ("warning", "surface"),
];

/// Every declaration of a block of the tokens, in order: a name and its value.
fn declarations(css: &str) -> Vec<(&str, &str)> {
    css.split(['{', ';', '}'])
        .filter_map(|part| part.trim().strip_prefix("--")?.split_once(':'))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect()
}

/// The colour of a value in a theme (0 light, 1 dark), through `light-dark()` and `var()`.
fn colour(tokens: &HashMap<&str, &str>, value: &str, theme: usize) -> [u8; 3] {
    if let Some(both) = value.strip_prefix("light-dark(") {
        let (light, dark) = both.strip_suffix(')').unwrap().split_once(", ").unwrap();
        return colour(tokens, [light, dark][theme], theme);
    }
    if let Some(name) = value.strip_prefix("var(--") {
        return colour(tokens, tokens[name.strip_suffix(')').unwrap()], theme);
    }
    let hex = u32::from_str_radix(value.strip_prefix('#').unwrap(), 16).unwrap().to_be_bytes();
    [hex[1], hex[2], hex[3]]
}

/// WCAG's relative luminance.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.0722f64.mul_add(blue, 0.2126f64.mul_add(red, 0.7152 * green))
}

/// WCAG's contrast ratio.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn check(pairs: &[(&str, &str)], least: f64) {
    let all = declarations(TOKENS);
    let mut tokens: HashMap<&str, &str> = HashMap::new();
    for (name, value) in &all {
        tokens.entry(name).or_insert(value);
    }
    let brands: Vec<&str> = all.iter().filter(|(name, _)| *name == "color-brand").map(|(_, value)| *value).collect();
    for (theme, label) in ["light", "dark"].into_iter().enumerate() {
        for (front, ground) in pairs {
            let below = colour(&tokens, tokens[format!("color-{ground}").as_str()], theme);
            let fronts = if *front == "brand" { brands.clone() } else { vec![tokens[format!("color-{front}").as_str()]] };
            for value in fronts {
                let ratio = contrast(colour(&tokens, value, theme), below);
                assert!(ratio >= least, "{front} ({value}) on {ground}, {label}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn the_formula_is_wcags() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
}

#[test]
fn text_stands_out_in_both_themes() {
    check(&TEXT, 4.5);
}

#[test]
fn shapes_stand_out_in_both_themes() {
    check(&SHAPES, 3.0);
}
