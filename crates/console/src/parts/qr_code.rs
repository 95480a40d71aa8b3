//! A QR code, as the path of an SVG.

use std::fmt::Write as _;

use fast_qr::ECL;
use fast_qr::qr::QRBuilder;

/// The modules of the margin on each side that readers need (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// Without `Debug`: it holds a secret.
pub struct QrCode {
    /// Modules on a side, with the margin.
    pub size: usize,
    /// The dark modules: of each row, one rectangle for each run.
    pub path: String,
}

impl QrCode {
    /// `None` if the text is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
        let mut path = String::new();
        for row in 0..code.size {
            let mut column = 0;
            for run in code[row][..code.size].chunk_by(|one, next| one.value() == next.value()) {
                if run[0].value() {
                    let (x, y, width) = (column + QUIET, row + QUIET, run.len());
                    let _ = write!(path, "M{x} {y}h{width}v1h-{width}z");
                }
                column += run.len();
            }
        }
        Some(Self { size: code.size + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_has_its_finders_in_three_corners_and_a_margin() {
        let code = QrCode::of("otpauth://totp/Acme:ana?secret=GEZDGNBVGY3TQOJQ").expect("a code");
        assert_eq!((code.size - 2 * QUIET) % 4, 1, "{}", code.size);
        let far = code.size - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            assert!(code.path.contains(&format!("M{x} {y}h7v1h-7z")), "no finder at {x} {y}");
        }
        assert!(QrCode::of(&"x".repeat(5_000)).is_none());
    }
}
