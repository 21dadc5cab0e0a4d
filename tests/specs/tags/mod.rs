//! What `functions/tags` does, one file an endpoint.
