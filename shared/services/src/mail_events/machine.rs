//! Which programs open mail and follow links without anybody looking.
//!
//! They are known by what they call themselves. Not all can be: scanners such as those behind Outlook's Safe Links call
//! themselves a browser on purpose, and Apple's Mail Privacy Protection fetches for everybody, read or not.

/// What their `User-Agent` has somewhere, in lower case.
///
/// Collected from what the makers say of them: Google (`GoogleImageProxy`, of Gmail), Yahoo's help page SLN28749, Microsoft
/// (`BingPreview`, `SkypeUriPreview`, Office's look whether a link exists), the crawlers' own pages of the messengers and
/// networks that show previews, and the names under which the makers of scanners visit.
const PROGRAMS: [&str; 49] = [
    // Mail providers, which fetch pictures in place of the reader.
    "googleimageproxy",
    "ggpht.com",
    "yahoomailproxy",
    // Scanners of mail and of links.
    "barracuda",
    "cloudmark",
    "existence discovery",
    "fireeye",
    "forcepoint",
    "fortiguard",
    "ironport",
    "mailscanner",
    "mimecast",
    "mxlogic",
    "proofpoint",
    "safelinks",
    "sophos",
    "spamhaus",
    "symantec",
    "trend micro",
    "trendmicro",
    "urldefense",
    "zscaler",
    // Previews of links.
    "bingpreview",
    "discordbot",
    "facebookexternalhit",
    "linkedinbot",
    "pinterestbot",
    "skypeuripreview",
    "slackbot",
    "telegrambot",
    "twitterbot",
    "whatsapp/",
    // Crawlers.
    "bot/",
    "bot;",
    "crawler",
    "spider",
    // Programs and libraries, in which nobody reads mail.
    "aiohttp",
    "apache-httpclient",
    "curl/",
    "go-http-client",
    "headlesschrome",
    "java/",
    "libwww-perl",
    "node-fetch",
    "phantomjs",
    "python-requests",
    "python-urllib",
    "python/",
    "wget/",
];

/// The whole of what some that fetch for others call themselves, Apple's among them. No browser stops there.
const BARE: [&str; 2] = ["mozilla/5.0", "mozilla/4.0"];

/// Whether it is a program that nobody looks through. What says nothing of itself is taken for a person.
pub(super) fn is_machine(user_agent: Option<&str>) -> bool {
    let Some(user_agent) = user_agent else {
        return false;
    };
    let name = user_agent.trim().to_ascii_lowercase();
    BARE.contains(&name.as_str()) || PROGRAMS.iter().any(|program| name.contains(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_people() {
        for machine in [
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
            "Mozilla/5.0",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0)",
            "Microsoft Office Existence Discovery",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
            "BarracudaCentral",
            "Barracuda Sentinel (EE)",
            "Mimecast-URLProtect",
            "Proofpoint URL Defense",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "facebookexternalhit/1.1",
            "WhatsApp/2.23.20.0",
            "curl/8.5.0",
            "Python/3.11 aiohttp/3.9",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
        ] {
            assert!(is_machine(Some(machine)), "{machine}");
        }
        for person in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36 Edg/120.0",
            "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
            "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126; Pro)",
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X18 Build/PPR1) AppleWebKit/537.36 Chrome/119.0 Mobile Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0",
            "",
        ] {
            assert!(!is_machine(Some(person)), "{person}");
        }
        assert!(!is_machine(None));
    }

    #[test]
    fn every_name_is_written_as_it_is_looked_for() {
        for name in PROGRAMS.iter().chain(&BARE) {
            assert_eq!(*name, name.to_ascii_lowercase());
        }
    }
}
