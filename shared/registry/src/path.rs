//! Path templates such as `/api/leads/{leadId}/notes`.

/// A template, split at its slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    text: &'static str,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(&'static str),
    Parameter(&'static str),
}

impl PathTemplate {
    /// Splits a template.
    pub fn new(text: &'static str) -> Self {
        let segments = text
            .trim_matches('/')
            .split('/')
            .map(|part| {
                match part
                    .strip_prefix('{')
                    .and_then(|part| part.strip_suffix('}'))
                {
                    Some(name) => Segment::Parameter(name),
                    None => Segment::Literal(part),
                }
            })
            .collect();
        Self { text, segments }
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &'static str {
        self.text
    }

    /// The names of its parameters, in order.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(*name),
            Segment::Literal(_) => None,
        })
    }

    /// The parameters of `path`, decoded, if it fits.
    pub fn matches(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut parameters = Vec::new();
        let mut parts = path.trim_start_matches('/').split('/');
        for segment in &self.segments {
            let part = parts.next()?;
            match segment {
                Segment::Literal(literal) if *literal == part => {}
                Segment::Parameter(name) if !part.is_empty() => {
                    parameters.push(((*name).to_owned(), decode(part)))
                }
                Segment::Literal(_) | Segment::Parameter(_) => return None,
            }
        }
        parts.next().is_none().then_some(parameters)
    }

    /// Sorts templates so that the more literal of two that fit comes first.
    pub(crate) fn rank(&self) -> Vec<u8> {
        self.segments
            .iter()
            .map(|segment| u8::from(matches!(segment, Segment::Parameter(_))))
            .collect()
    }
}

/// Percent-decoding of one segment; `+` stays, as it does in a path.
fn decode(part: &str) -> String {
    let kept = part.replace('+', "%2B");
    plat_http::query_pairs(&format!("x={}", kept.replace('&', "%26")))
        .into_iter()
        .next()
        .map(|(_, value)| value)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_its_parameters_from_a_path_that_fits() {
        let template = PathTemplate::new("/api/leads/{leadId}/tags/{tagId}");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            template.matches("/api/leads/1/tags/a%20b+c"),
            Some(vec![pair("leadId", "1"), pair("tagId", "a b+c")])
        );
        for other in [
            "/api/leads/1/tags",
            "/api/leads/1/tags/",
            "/api/leads//tags/2",
            "/api/leads/1/tags/2/3",
            "/api/deals/1/tags/2",
        ] {
            assert_eq!(template.matches(other), None, "{other}");
        }
        assert_eq!(PathTemplate::new("/").matches("/"), Some(Vec::new()));
    }
}
