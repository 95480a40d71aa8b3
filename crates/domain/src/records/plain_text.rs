//! Characters allowed in human-readable text: no invisible ones.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    #[error("contains the control character U+{0:04X}")]
    Control(u32),
    #[error("contains the invisible character U+{0:04X}: two names could look alike")]
    Invisible(u32),
    #[error("contains the space U+{0:04X}: use an ordinary space")]
    Space(u32),
    #[error("contains U+{0:04X}, which changes the direction of the text around it")]
    Direction(u32),
}

/// The property Default_Ignorable_Code_Point of Unicode 17, and other code points that are invisible: the blank Braille
/// pattern, annotation marks, the null notehead, fillers of Khitan, and Egyptian format controls.
const INVISIBLE: [(u32, u32); 23] = [
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x13430, 0x1343F),
    (0x16FE4, 0x16FE4),
    (0x1BCA0, 0x1BCA3),
    (0x1D159, 0x1D159),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
    (0x10FFFE, 0x10FFFF),
];

const DIRECTION: [(u32, u32); 4] = [(0x61C, 0x61C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)];

const IDEOGRAPHIC_SPACE: char = '\u{3000}';

/// Canonical composition (NFC), so that texts that look identical are identical.
pub fn composed(text: &str) -> Cow<'_, str> {
    const { ComposingNormalizerBorrowed::new_nfc() }.normalize(text)
}

/// The first character that is not allowed in a name.
pub fn unseen(text: &str) -> Option<Unseen> {
    text.chars().find_map(|c| {
        let code = u32::from(c);
        if is_in(&INVISIBLE, code) {
            Some(Unseen::Invisible(code))
        } else if is_space_but_ordinary(c) && !matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}')
        {
            Some(Unseen::Space(code))
        } else {
            c.is_control().then_some(Unseen::Control(code))
        }
    })
}

/// The first character that is not allowed in multi-line text, which is displayed and never compared.
pub fn unseen_in_lines(text: &str) -> Option<Unseen> {
    text.chars().find_map(|c| {
        let code = u32::from(c);
        if is_in(&DIRECTION, code) {
            Some(Unseen::Direction(code))
        } else {
            (c.is_control() && !matches!(c, '\n' | '\r' | '\t')).then_some(Unseen::Control(code))
        }
    })
}

fn is_space_but_ordinary(c: char) -> bool {
    c.is_whitespace() && c != ' ' && c != IDEOGRAPHIC_SPACE
}

fn is_in(ranges: &[(u32, u32)], code: u32) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_properties::CodePointSetData;
    use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, WhiteSpace};

    fn all() -> impl Iterator<Item = char> {
        ('\0'..=char::MAX).filter(|c| !matches!(c, ' ' | '\u{3000}'))
    }

    #[test]
    fn nothing_that_unicode_calls_ignorable_or_space_or_control_is_seen() {
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        let space = CodePointSetData::new::<WhiteSpace>();
        for c in all() {
            if ignorable.contains(c) || space.contains(c) || c.is_control() {
                assert!(unseen(&c.to_string()).is_some(), "U+{:04X}", u32::from(c));
            }
        }
    }

    #[test]
    fn every_control_of_direction_is_refused_in_lines_too() {
        let direction = CodePointSetData::new::<BidiControl>();
        for c in all() {
            let refused = matches!(unseen_in_lines(&c.to_string()), Some(Unseen::Direction(_)));
            assert_eq!(refused, direction.contains(c), "U+{:04X}", u32::from(c));
        }
        assert_eq!(unseen_in_lines("one\r\ntwo\tthree 👩‍💻"), None);
    }

    #[test]
    fn letters_of_every_script_are_seen() {
        for text in [
            "Tech Products",
            "夜間 バッチ",
            "夜間\u{3000}バッチ",
            "ночь",
            "ليل",
            "लेखा",
            "한글",
            "😀",
            "a!-_.:",
        ] {
            assert_eq!(unseen(text), None, "{text}");
        }
    }

    #[test]
    fn composition_makes_one_of_two_spellings() {
        assert_eq!(composed("e\u{301}"), "\u{e9}");
        assert_eq!(composed("\u{212b}"), "\u{c5}");
        assert_eq!(composed("\u{1100}\u{1161}"), "\u{ac00}");
    }
}
