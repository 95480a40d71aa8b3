//! Style, script and icons, compiled in. Each name has a hash of its content, so an address never changes its bytes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{SHA256, digest};

pub struct Asset {
    /// Last segment of its address: `console.3f2a….css`. Answers under it may be cached forever.
    pub name: String,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    /// Gzip, if that is smaller.
    pub gzip: Option<Vec<u8>>,
}

/// Twelve hexadecimal digits of SHA-256: enough that no two versions meet.
const HASH_BYTES: usize = 6;

static ALL: LazyLock<[Asset; 5]> = LazyLock::new(|| {
    [
        asset("console", "css", "text/css; charset=utf-8", include_bytes!("../assets/console.css")),
        asset("console", "js", "text/javascript; charset=utf-8", include_bytes!("../assets/console.js")),
        asset("icons", "svg", "image/svg+xml", include_bytes!("../assets/icons.svg")),
        asset("mark", "svg", "image/svg+xml", include_bytes!("../assets/mark.svg")),
        asset("wordmark", "svg", "image/svg+xml", include_bytes!("../assets/wordmark.svg")),
    ]
});

/// Every asset.
pub fn all() -> &'static [Asset] {
    &*ALL
}

/// By the last segment of its address; `None` for the name of another version too.
pub fn find_asset(name: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.name == name)
}

pub(crate) fn style() -> &'static str {
    &ALL[0].name
}

pub(crate) fn script() -> &'static str {
    &ALL[1].name
}

pub(crate) fn icons() -> &'static str {
    &ALL[2].name
}

pub(crate) fn mark() -> &'static str {
    &ALL[3].name
}

fn asset(stem: &str, ending: &str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let mut name = format!("{stem}.");
    for byte in &digest(&SHA256, bytes).as_ref()[..HASH_BYTES] {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.push('.');
    name.push_str(ending);
    Asset { name, content_type, bytes, gzip: compressed(bytes).filter(|gzip| gzip.len() < bytes.len()) }
}

fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    #[test]
    fn names_have_a_hash_and_lead_to_the_asset() {
        for asset in all() {
            let parts: Vec<&str> = asset.name.split('.').collect();
            let [_, hash, _] = parts[..] else { panic!("{} must have three parts", asset.name) };
            assert_eq!(hash.len(), 2 * HASH_BYTES, "{}", asset.name);
            assert!(std::ptr::eq(find_asset(&asset.name).expect("it is listed"), asset));
        }
        assert!(find_asset("console.css").is_none());
        assert!(style().starts_with("console.") && style().ends_with(".css"));
        assert!(script().starts_with("console.") && script().ends_with(".js"));
        assert!(icons().starts_with("icons.") && mark().starts_with("mark."));
    }

    #[test]
    fn compressed_form_is_smaller_and_the_same() {
        for asset in all() {
            let Some(gzip) = &asset.gzip else { continue };
            let mut text = Vec::new();
            GzDecoder::new(&gzip[..]).read_to_end(&mut text).expect("gzip");
            assert!(text == asset.bytes && gzip.len() < asset.bytes.len(), "{}", asset.name);
        }
        let first_visit: usize = all().iter().filter_map(|asset| asset.gzip.as_ref()).map(Vec::len).sum();
        assert!((1..16_000).contains(&first_visit), "{first_visit} bytes on the first visit");
    }
}
