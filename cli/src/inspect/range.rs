//! Ranges as they are typed: `A..B`, `A..=B`, `A..`, `..B`.

use std::ops::RangeInclusive;

/// Reads a range of order keys.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn parse(text: &str) -> Result<RangeInclusive<u64>, String> {
    let number = |digits: &str| {
        let parsed = digits.parse::<u64>();
        parsed.map_err(|_| format!("{digits:?} is no number; a range is A..B, A..=B, A.. or ..B"))
    };
    let Some((from, to)) = text.split_once("..") else {
        let single = number(text)?;
        return Ok(single..=single);
    };
    let first = if from.is_empty() { 0 } else { number(from)? };
    let last = match (to, to.strip_prefix('=')) {
        ("", _) => u64::MAX,
        (_, Some(last)) => number(last)?,
        (end, None) => number(end)?.checked_sub(1).ok_or("nothing is below 0")?,
    };
    if first > last {
        return Err(format!("{text} holds nothing"));
    }
    Ok(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, range) in [
            ("3..7", 3..=6),
            ("3..=7", 3..=7),
            ("3..", 3..=u64::MAX),
            ("..7", 0..=6),
            ("..", 0..=u64::MAX),
            ("5", 5..=5),
            ("0..=18446744073709551615", 0..=u64::MAX),
        ] {
            assert_eq!(parse(text), Ok(range), "{text}");
        }
        for text in ["", "a..b", "7..3", "3..3", "..0", "-1..2", "1...2", "..="] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
