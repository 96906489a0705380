//! The page for people: files in the binary, nothing fetched from elsewhere.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

use super::super::Emulator;

const INDEX: &str = include_str!("page/index.html");
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Each file's name, media type and text.
macro_rules! files {
    ($($name:literal: $media_type:expr,)*) => {
        [$(($name, $media_type, include_str!(concat!("page/", $name)))),*]
    };
}

const FILES: [(&str, &str, &str); 11] = files! {
    "api.js": SCRIPT,
    "clock.js": SCRIPT,
    "customers.js": SCRIPT,
    "dom.js": SCRIPT,
    "fault_rules.js": SCRIPT,
    "faults.js": SCRIPT,
    "icon.svg": "image/svg+xml",
    "journal.js": SCRIPT,
    "page.css": "text/css; charset=utf-8",
    "page.js": SCRIPT,
    "summary.js": SCRIPT,
};

pub(super) fn files() -> Router<Emulator> {
    FILES.into_iter().fold(Router::new(), |router, (name, media_type, text)| {
        let path = format!("/_emulator/{name}");
        router.route(&path, get(move || async move { ([(CONTENT_TYPE, media_type)], text) }))
    })
}

/// Relative links of the page need the slash.
pub(super) async fn redirect() -> Redirect {
    Redirect::permanent("/_emulator/")
}

pub(super) async fn index() -> impl IntoResponse {
    // In a frame of another page, clicks on that one could be clicks on this.
    let policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, policy)], INDEX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emulator/admin/page");
        let present: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "index.html")
            .collect();
        let served = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(present, served);
    }
}
