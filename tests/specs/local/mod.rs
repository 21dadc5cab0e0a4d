//! What the local host adds to the functions.

mod grants;
mod queues;
