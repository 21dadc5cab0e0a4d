//! What `functions/notes` does, one file an endpoint.
