//! What `functions/auth` does, one file an endpoint.
