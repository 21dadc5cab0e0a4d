//! What `functions/system` does, one file an endpoint.
