//! What the local host adds to the functions.

mod files;
mod grants;
mod mail;
mod pages;
mod pieces;
mod queues;
