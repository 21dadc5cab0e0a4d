//! A mail before it has its final form.

/// The most characters of a subject. Programs show some sixty; what is longer than this is no subject.
pub const MAX_SUBJECT: usize = 150;

/// The most bytes of a body. Five short paragraphs have two thousand.
pub const MAX_BODY: usize = 8 * 1024;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The subject. It becomes one line when it is rendered.
    pub subject: String,
    /// Paragraphs with empty lines between them, or HTML.
    pub body: String,
}
