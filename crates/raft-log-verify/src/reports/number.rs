//! Numbers for people.

/// A number with thin spaces between its thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let shown = [7, 1_234, 12_345_678].map(grouped);
        assert_eq!(shown, ["7", "1\u{202f}234", "12\u{202f}345\u{202f}678"]);
    }
}
