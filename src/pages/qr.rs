//! A text as a QR code (ISO/IEC 18004), drawn as one SVG path, so that a page needs neither a picture of its own nor a style.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// The quiet zone around the code, in modules (ISO/IEC 18004, section 6.3.8).
const QUIET: i32 = 4;

/// A drawn code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// Width and height in modules, quiet zone included.
    pub(crate) size: i32,
    /// The dark modules: a stroke through the middle of every run of a row.
    pub(crate) path: String,
}

/// Draws a text; `None` when it is too long for any code.
pub(crate) fn draw(text: &str) -> Option<Drawing> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        // Writing to a String cannot fail.
        let _ = write!(path, "M{QUIET} {}.5", y.checked_add(QUIET)?);
        let mut x = 0;
        while x < code.size() {
            let dark = code.get_module(x, y);
            let run = i32::try_from((x..code.size()).take_while(|x| code.get_module(*x, y) == dark).count()).ok()?;
            let _ = if dark { write!(path, "h{run}") } else { write!(path, "m{run} 0") };
            x = x.checked_add(run)?;
        }
    }
    Some(Drawing { size: code.size().checked_add(QUIET.checked_mul(2)?)?, path })
}
