//! Writes every sample page with its assets into a folder, for a browser: `samples FOLDER`.

#![allow(clippy::expect_used, reason = "an example ends by panicking")]

#[path = "../../tests/pages/samples/mod.rs"]
mod samples;

use std::fs;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: samples FOLDER"));
    let assets = folder.join("console/assets");
    fs::create_dir_all(&assets).expect("the folder can be created");
    for asset in claviger_console::assets() {
        fs::write(assets.join(&asset.name), asset.bytes).expect("an asset can be written");
    }
    let mut pages = samples::all();
    for (name, works) in [("first-use-waiting", false), ("first-use", true)] {
        pages.push(samples::sample(name, samples::credential_keys::first_use(works)));
    }
    for sample in pages {
        let html = sample.page.html().expect("a sample renders");
        fs::write(folder.join(format!("{}.html", sample.name)), html).expect("a page can be written");
    }
}
