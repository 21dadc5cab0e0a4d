//! The pages for people who follow a link to unsubscribe.
//!
//! A page is whole in itself: no script, no picture, nothing from elsewhere, so nobody learns that it was looked at. It does
//! not say whose address it is about; links are passed on.

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue};
use plat_domain::Name;
use plat_http::problems::not_found;
use plat_registry::{App, Failure, Raw};
use plat_services::Unsubscribing;
use schemars::JsonSchema;
use serde::Deserialize;

/// Nothing is loaded, and the form leads back here.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;color:#1c2430}\
                     button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1c2430;color:#fff}";

/// The token in the path.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UnsubscribePath {
    /// The token of the link, which says whose mail is meant and to whom.
    token: String,
}

impl UnsubscribePath {
    /// What the link says. One that was changed leads nowhere.
    pub(crate) fn read(&self, app: &App) -> Result<Unsubscribing, Failure> {
        app.keys
            .read_unsubscribe_token(&self.token)
            .map_err(|error| Failure::for_token(error, not_found()))
    }
}

/// Asks whether somebody means it: whatever merely looks at links, unsubscribes nobody.
pub(crate) fn question(team: &Name) -> Raw {
    let team = escaped(team.as_str());
    page(
        "Unsubscribe",
        &format!(
            "<p>You will get no more e-mail from <strong>{team}</strong> at this address.</p>\n\
             <form method=\"post\"><button>Unsubscribe</button></form>"
        ),
    )
}

/// Says that it is done.
pub(crate) fn answer() -> Raw {
    page(
        "You are unsubscribed",
        "<p>No more e-mail will be sent to this address. You may close this page.</p>",
    )
}

fn page(title: &str, body: &str) -> Raw {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><style>{STYLE}</style></head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    );
    let policy = (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Raw {
        media_type: "text/html; charset=utf-8",
        body: Bytes::from(html),
        max_age: 0,
        headers: HeaderMap::from_iter([policy]),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_team_is_text() {
        let team = Name::parse("<b>\"A&B\"</b>").unwrap();
        let page = question(&team);
        let html = String::from_utf8(page.body.to_vec()).unwrap();
        assert!(
            html.contains("<strong>&lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt;</strong>"),
            "{html}"
        );
    }
}
