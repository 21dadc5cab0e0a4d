//! Chance, as something that is handed in.

use aws_lc_rs::rand::{SecureRandom, SystemRandom as Source};

/// Gives bytes that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// 128 random bits, enough for an id.
    fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        u128::from_be_bytes(bytes)
    }
}

/// The operating system's generator.
#[derive(Debug, Default)]
pub struct SystemRandom(Source);

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // The library documents that its system source does not fail once it is seeded; the kernel's is at boot.
        // A machine without randomness must not hand out ids or salts, so there is nothing to go on with.
        if self.0.fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
