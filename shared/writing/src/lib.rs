//! What a follow-up e-mail says: what a model is asked for, whether its answer can be sent, what is sent when it cannot,
//! and how a draft becomes the two parts of a mail.
//!
//! What belongs here: words, and the reading and writing of them. What does not: asking a model, sending, and anything
//! that waits, reads a clock or knows about HTTP. Who may be written to, and when, is decided before.
//!
//! Nothing that a model answered, or that somebody noted about a client, is trusted here. It is read into [`Draft`] and
//! from there into text with a handful of properties; every tag that is sent is written by [`render`].

mod answer;
mod content;
mod context;
mod draft;
mod line;
mod markup;
mod prompt;
mod render;
mod template;

#[cfg(test)]
mod samples;

pub use answer::{Unusable, read_answer};
pub use context::{Context, Sender};
pub use draft::{Draft, MAX_BODY, MAX_SUBJECT};
pub use prompt::{MAX_PROMPT, Prompt, prompt};
pub use render::{Footer, MAX_SNIPPET, Rendered, render};
pub use template::template;
