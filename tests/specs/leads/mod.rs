//! What `functions/leads` does, one file an endpoint.
