//! Specs live beside this file as integration tests.
