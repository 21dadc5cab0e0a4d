use super::*;
use proptest::prelude::*;

fn footer() -> Footer {
    Footer {
        business: "Harbor & Homes".to_owned(),
        website: String::new(),
        postal_address: "1 Pier Road\nAustin, TX 78701".to_owned(),
        unsubscribe: "https://plat.example/u/abc?x=1&y=2".to_owned(),
    }
}

fn rendered(body: &str) -> Rendered {
    let draft = Draft {
        subject: "Oak Street".to_owned(),
        body: body.to_owned(),
    };
    render(&draft, &footer())
}

/// The HTML of the body alone.
fn html(body: &str) -> String {
    let html = rendered(body).html;
    let (_, after) = html.split_once("<body>\n").unwrap();
    after.split_once("<hr>").unwrap().0.to_owned()
}

/// The text of the body alone.
fn text(body: &str) -> String {
    let text = rendered(body).text;
    text.split_once("\n\n---\n").unwrap().0.to_owned()
}

#[test]
fn plain_text_becomes_paragraphs_lines_and_items() {
    let body = "Hi Dana,\n\nTwo things:\n- the roof\n* the yard\n\nBest,\nSam";

    assert_eq!(
        html(body),
        "<p>Hi Dana,</p>\n<p>Two things:</p>\n<ul>\n<li>the roof</li>\n<li>the yard</li>\n</ul>\n\
         <p>Best,<br>\nSam</p>\n"
    );
    assert_eq!(
        text(body),
        "Hi Dana,\n\nTwo things:\n\n- the roof\n- the yard\n\nBest,\nSam"
    );
}

#[test]
fn markup_is_read_and_written_anew() {
    let body = "<div class=\"x\"><p style=\"color:red\">Hi <b>Dana</b> &amp; <i>Jo</i>,</p>\
                <ol><li><p>the roof</p></li><li>the yard</li></ol><h2>Soon</h2>Bye<br/>Sam</div>";

    assert_eq!(
        html(body),
        "<p>Hi <strong>Dana</strong> &amp; <em>Jo</em>,</p>\n<ol>\n<li>the roof</li>\n<li>the yard</li>\n</ol>\n\
         <p><strong>Soon</strong></p>\n<p>Bye<br>\nSam</p>\n"
    );
    assert_eq!(
        text(body),
        "Hi Dana & Jo,\n\n1. the roof\n2. the yard\n\nSoon\n\nBye\nSam"
    );
}

#[test]
fn text_that_is_partly_markup_keeps_its_paragraphs() {
    assert_eq!(
        html("<b>Hi</b> Dana,\r\n\r\nthe roof\nis fine.\n\n\nSam"),
        "<p><strong>Hi</strong> Dana,</p>\n<p>the roof is fine.</p>\n<p>Sam</p>\n"
    );
}

#[test]
fn links_are_kept_in_both_parts() {
    for (body, in_html, in_text) in [
        (
            "<p>See https://plat.example/a?b=1&amp;c=2, please</p>",
            "See <a href=\"https://plat.example/a?b=1&amp;c=2\">https://plat.example/a?b=1&amp;c=2</a>, please",
            "See https://plat.example/a?b=1&c=2, please",
        ),
        (
            "See https://plat.example/a?b=1&c=2.",
            "See <a href=\"https://plat.example/a?b=1&amp;c=2\">https://plat.example/a?b=1&amp;c=2</a>.",
            "See https://plat.example/a?b=1&c=2.",
        ),
        (
            "See [the house](https://plat.example/a).",
            "See <a href=\"https://plat.example/a\">the house</a>.",
            "See the house (https://plat.example/a).",
        ),
        (
            "<p>See <a href='https://plat.example/a'>the <b>house</b></a>.</p>",
            "See <a href=\"https://plat.example/a\">the <strong>house</strong></a>.",
            "See the house (https://plat.example/a).",
        ),
        (
            "<p>Or <a href=\"mailto:sam@plat.example\">write</a></p>",
            "Or <a href=\"mailto:sam@plat.example\">write</a>",
            "Or write (mailto:sam@plat.example)",
        ),
    ] {
        assert_eq!(html(body), format!("<p>{in_html}</p>\n"));
        assert_eq!(text(body), in_text);
    }
}

#[test]
fn what_could_do_harm_is_left_out() {
    for (body, left) in [
        ("<p>Hi<script>alert(1)</script></p>", "Hi"),
        ("<p>Hi<SCRIPT SRC=//evil.example></SCRIPT></p>", "Hi"),
        ("<p>Hi</p><script>alert(1)", "Hi"),
        ("<p>Hi</p><script/>alert(1)</script>", "Hi"),
        ("<p>Hi</p><svg/><svg><svg>x</svg>y</svg>", "Hi"),
        (
            "<p>Hi<style>p{background:url(//evil.example)}</style></p>",
            "Hi",
        ),
        (
            "<p onclick=alert(1)>Hi<img src=x onerror=alert(1)></p>",
            "Hi",
        ),
        (
            "<p>Hi<img src=\"https://evil.example/pixel.gif\"></p>",
            "Hi",
        ),
        ("<p><a href=\"javascript:alert(1)\">Hi</a></p>", "Hi"),
        ("<p><a href=\"&#106;avascript:alert(1)\">Hi</a></p>", "Hi"),
        ("<p><a href=\"jav&#x09;ascript:alert(1)\">Hi</a></p>", "Hi"),
        ("<p><a href=\"data:text/html,x\">Hi</a></p>", "Hi"),
        (
            "<p>Hi<svg><p><style><!--</style><img title=\"--><img src=x onerror=alert(1)>\"></svg></p>",
            "Hi",
        ),
        (
            "<p>Hi<math><mtext></mtext><mglyph><style></math><img src onerror=x></style></math></p>",
            "Hi",
        ),
        (
            "<p>Hi<iframe src=//evil.example>x</iframe><object data=x>y</object></p>",
            "Hi",
        ),
        ("<p>Hi<!-- <script>alert(1)</script> --></p>", "Hi"),
        (
            "<p>Hi<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript></p>",
            "Hi&quot;&gt;",
        ),
        ("<form action=//evil.example><input></form><p>Hi</p>", "Hi"),
    ] {
        assert_eq!(html(body), format!("<p>{left}</p>\n"), "{body}");
    }
}

#[test]
fn text_that_only_looks_like_markup_is_shown_as_it_is() {
    for (body, shown) in [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("I <3 it", "I &lt;3 it"),
        ("Sam <sam@plat.example>", "Sam &lt;sam@plat.example&gt;"),
        ("<svg onload=alert(1)>", "&lt;svg onload=alert(1)&gt;"),
        ("**not closed", "**not closed"),
        ("**closed**", "<strong>closed</strong>"),
        ("[no link](javascript:x)", "[no link](javascript:x)"),
    ] {
        assert_eq!(html(body), format!("<p>{shown}</p>\n"), "{body}");
    }
}

#[test]
fn both_parts_end_with_who_sends_and_how_to_hear_no_more() {
    let mail = rendered("Hi");

    assert!(mail.html.contains(
        "<p>Harbor &amp; Homes<br>1 Pier Road Austin, TX 78701<br>\
         <a ses:no-track clicktracking=\"off\" href=\"https://plat.example/u/abc?x=1&amp;y=2\">Unsubscribe</a></p>"
    ));
    assert!(mail.text.ends_with(
        "\n---\nHarbor & Homes\n1 Pier Road Austin, TX 78701\nUnsubscribe: https://plat.example/u/abc?x=1&y=2\n"
    ));
}

#[test]
fn a_subject_is_one_line() {
    let draft = Draft {
        subject: "Hi\r\nBcc: all@evil.example".to_owned(),
        body: "Hi".to_owned(),
    };
    assert_eq!(
        render(&draft, &footer()).subject,
        "Hi Bcc: all@evil.example"
    );
}

#[test]
fn a_snippet_is_how_the_mail_begins() {
    assert_eq!(
        rendered("<p>Hi Dana,</p><p>The roof</p>").snippet,
        "Hi Dana, The roof"
    );
    let long = rendered(&"word ".repeat(100)).snippet;
    assert!(
        long.chars().count() <= MAX_SNIPPET && long.ends_with("word…"),
        "{long}"
    );
}

/// Fails if there is a tag that is not ours, or a link that leads where none may.
fn assert_harmless(html: &str) {
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        let ours = [
            "!doctype html",
            "html",
            "/html",
            "head",
            "/head",
            "title",
            "/title",
            "body",
            "/body",
            "hr",
            "p",
            "/p",
            "br",
            "ul",
            "/ul",
            "ol",
            "/ol",
            "li",
            "/li",
            "strong",
            "/strong",
            "em",
            "/em",
            "/a",
            "meta charset=\"utf-8\"",
        ];
        let untracked = format!("a {UNTRACKED} href=\"");
        if let Some(link) = tag
            .strip_prefix("a href=\"")
            .or(tag.strip_prefix(&untracked))
        {
            let link = link.strip_suffix('"').unwrap();
            assert!(!link.contains('"'), "{link}");
            let scheme = link.split(':').next().unwrap().to_ascii_lowercase();
            assert!(
                ["http", "https", "mailto", "tel"].contains(&scheme.as_str()),
                "{link}"
            );
        } else {
            assert!(ours.contains(&tag), "{tag}");
        }
    }
}

#[test]
fn a_business_leads_to_its_web_site_and_nothing_to_where_nobody_is() {
    let foot = |website: &str, postal_address: &str| {
        let footer = Footer {
            website: website.to_owned(),
            postal_address: postal_address.to_owned(),
            ..footer()
        };
        let draft = Draft {
            subject: "Oak Street".to_owned(),
            body: "Hi".to_owned(),
        };
        let mail = render(&draft, &footer);
        let (_, html) = mail.html.split_once("<hr>\n").unwrap();
        let html = html.split("<br><a ses").next().unwrap().to_owned();
        let (_, text) = mail.text.split_once("---\n").unwrap();
        let text = text.split("\nUnsubscribe").next().unwrap().to_owned();
        (html, text)
    };

    assert_eq!(
        foot("harbor.example", ""),
        (
            "<p><a href=\"https://harbor.example\">Harbor &amp; Homes</a>".to_owned(),
            "Harbor & Homes\nhttps://harbor.example".to_owned()
        )
    );
    assert_eq!(
        foot("", "1 Pier Road"),
        (
            "<p>Harbor &amp; Homes<br>1 Pier Road".to_owned(),
            "Harbor & Homes\n1 Pier Road".to_owned()
        )
    );
}

/// Pieces from which hostile bodies are put together.
fn piece() -> impl Strategy<Value = String> {
    let hostile = [
        "<script>",
        "</script>",
        "<p>",
        "</p>",
        "<a href=\"",
        "<a href=javascript:alert(1)>",
        "\">",
        "'",
        "</a>",
        "<svg>",
        "<math>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&lt;script&gt;",
        "&#60;",
        "<title>",
        "<textarea>",
        "</textarea>",
        "<img src=x onerror=alert(1)>",
        "javascript:",
        "\r\n",
        "\n\n",
        "\0",
        "\u{202e}",
        "<",
        ">",
        "<br",
        "/>",
        "**",
        "[x](javascript:x)",
        "[x](https://a.example)",
        "https://",
        "<li>",
        "<ol>",
        "</ol>",
        "<template>",
    ];
    prop_oneof![
        prop::sample::select(hostile.to_vec()).prop_map(str::to_owned),
        any::<String>(),
        "[a-z ]{0,8}",
    ]
}

proptest! {
    #[test]
    fn nothing_that_runs_is_ever_sent(pieces in prop::collection::vec(piece(), 0..30), subject in any::<String>()) {
        let footer = Footer { business: subject.clone(), website: pieces.concat(), ..footer() };
        let mail = render(&Draft { subject, body: pieces.concat() }, &footer);

        assert_harmless(&mail.html);
        prop_assert!(!mail.html.to_ascii_lowercase().contains("<script"));
        prop_assert!(!mail.subject.chars().any(char::is_control));
        prop_assert!(!mail.snippet.chars().any(char::is_control));
        prop_assert!(mail.snippet.chars().count() <= MAX_SNIPPET);
        prop_assert!(mail.text.contains(&footer.unsubscribe));
    }

    #[test]
    fn every_link_of_a_draft_is_sent(
        paths in prop::collection::vec("[a-z0-9/_~=&?%-]{0,12}[a-z0-9]", 1..6),
        shape in 0..3_usize,
    ) {
        let links: Vec<String> = paths.iter().map(|path| format!("https://plat.example/{path}")).collect();
        let body: String = links
            .iter()
            .map(|link| match shape {
                0 => format!("See {link}, please.\n\n"),
                1 => format!("See [this]({link}).\n"),
                _ => format!("<p>See <a href=\"{}\">this</a></p>", escaped(link)),
            })
            .collect();

        let mail = rendered(&body);

        for link in links {
            prop_assert!(mail.text.contains(&link), "{} in {}", link, mail.text);
            let attribute = format!("href=\"{}\"", escaped(&link));
            prop_assert!(mail.html.contains(&attribute), "{} in {}", attribute, mail.html);
        }
    }
}
