//! What `functions/outbox` does.

mod relay;
