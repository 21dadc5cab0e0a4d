//! What `functions/teams` does, one file an endpoint.
