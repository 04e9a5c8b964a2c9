//! `multipart/form-data` (RFC 7578), as browsers send a file: the parts by name, as bytes. Pure.

/// How many parts a body may have.
const PARTS: usize = 16;

/// The boundary that a content type names.
#[must_use]
pub fn boundary(content_type: &str) -> Option<&str> {
    let given = content_type.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    let plain = given.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(given);
    (1..=70).contains(&plain.len()).then_some(plain)
}

/// The parts of a body, each with its field's name; `None` when it is not well-formed, a name comes twice, or there
/// are too many.
#[must_use]
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<(String, &'a [u8])>> {
    let delimiter = format!("--{boundary}");
    let mut rest = body.strip_prefix(delimiter.as_bytes())?;
    let next = format!("\r\n{delimiter}");
    let mut parts: Vec<(String, &[u8])> = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let end = find(part, next.as_bytes())?;
        let (whole, behind) = part.split_at_checked(end)?;
        rest = behind.get(next.len()..)?;
        let head = find(whole, b"\r\n\r\n")?;
        let (head, content) = whole.split_at_checked(head)?;
        let name = name_of(core::str::from_utf8(head).ok()?)?;
        if parts.len() == PARTS || parts.iter().any(|(other, _)| *other == name) {
            return None;
        }
        parts.push((name, content.get(4..)?));
    }
    Some(parts)
}

/// The field's name in a part's headers.
fn name_of(head: &str) -> Option<String> {
    let line = head.split("\r\n").find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let value = line.split(';').find_map(|parameter| parameter.trim().strip_prefix("name=\""))?;
    Some(value.split('"').next()?.to_owned())
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0_usize;
    loop {
        let rest = within.get(from..)?;
        let at = from.checked_add(rest.iter().position(|byte| *byte == first)?)?;
        if within.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, content) in parts {
            let head = format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.csv\"\r\n\r\n");
            body.extend(head.as_bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--xYz--\r\n");
        body
    }

    #[test]
    fn a_file_comes_as_it_was_sent() {
        let sent: [(&str, &[u8]); 2] = [("file", b"\xef\xbb\xbfa,b\r\n--x\r\n"), ("text", b"")];
        let body = body(&sent);
        let read = parts(&body, boundary("multipart/form-data; boundary=xYz").unwrap()).unwrap();
        assert_eq!(read, sent.map(|(name, content)| (name.to_owned(), content)));
        assert_eq!(boundary("multipart/form-data; charset=x; boundary=\"a b\""), Some("a b"));
        assert_eq!(boundary("multipart/form-data"), None);
    }

    #[test]
    fn what_is_cut_off_or_doubled_is_not_read() {
        let whole = body(&[("file", b"a")]);
        for end in 0..whole.len().saturating_sub(4) {
            assert_eq!(parts(&whole[..end], "xYz"), None, "{end}");
        }
        assert_eq!(parts(&body(&[("a", b"1"), ("a", b"2")]), "xYz"), None);
        let names: Vec<String> = (0..=PARTS).map(|at| format!("n{at}")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"1"[..])).collect();
        assert_eq!(parts(&body(&many[..PARTS]), "xYz").unwrap().len(), PARTS);
        assert_eq!(parts(&body(&many), "xYz"), None);
    }

    proptest! {
        #[test]
        fn no_body_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parts(&body, "x");
        }

        #[test]
        fn every_content_comes_back(content in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assume!(find(&content, b"\r\n--xYz").is_none());
            let body = body(&[("file", &content)]);
            prop_assert_eq!(parts(&body, "xYz").unwrap(), [("file".to_owned(), content.as_slice())]);
        }
    }
}
