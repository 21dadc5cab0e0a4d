//! What models cost.
//!
//! List prices as known in the spring of 2026, without discounts; Amazon's are those of us-east-1. Look them up before you
//! rely on them: <https://openai.com/api/pricing>, <https://claude.com/pricing>, <https://aws.amazon.com/bedrock/pricing>.

/// A model's name without its date, and what a token of the prompt and one of the answer cost, in billionths of a dollar.
const PRICES: &[(&str, u64, u64)] = &[
    ("gpt-5", 1_250, 10_000),
    ("gpt-5-mini", 250, 2_000),
    ("gpt-5-nano", 50, 400),
    ("gpt-4.1", 2_000, 8_000),
    ("gpt-4.1-mini", 400, 1_600),
    ("gpt-4.1-nano", 100, 400),
    ("gpt-4o", 2_500, 10_000),
    ("gpt-4o-mini", 150, 600),
    ("claude-opus-4-6", 5_000, 25_000),
    ("claude-opus-4-5", 5_000, 25_000),
    ("claude-sonnet-4-6", 3_000, 15_000),
    ("claude-sonnet-4-5", 3_000, 15_000),
    ("claude-haiku-4-5", 1_000, 5_000),
    ("amazon.nova-micro", 35, 140),
    ("amazon.nova-lite", 60, 240),
    ("amazon.nova-pro", 800, 3_200),
];

/// The cost in millionths of a dollar, rounded up.
pub(super) fn cost(model: &str, input_tokens: u64, output_tokens: u64) -> Option<u64> {
    // Profiles that choose a region cost what the model does: Amazon's in America, Anthropic's anywhere.
    let model = model
        .strip_prefix("us.amazon.")
        .map(|name| format!("amazon.{name}"))
        .or_else(|| model.strip_prefix("global.anthropic.").map(str::to_owned))
        .unwrap_or_else(|| model.to_owned());
    let (_, input, output) = PRICES
        .iter()
        .find(|(name, _, _)| model.strip_prefix(name).is_some_and(is_version))?;
    let billionths = input
        .saturating_mul(input_tokens)
        .saturating_add(output.saturating_mul(output_tokens));
    Some(billionths.div_ceil(1_000))
}

/// Whether this is what may follow a model's name: nothing, a date as in `-2025-04-14` and `-20251001`, or a version as in
/// `-v1:0`, or both.
fn is_version(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with("-20") || rest.starts_with("-v")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_costs_what_its_tokens_do() {
        for (model, micros) in [
            ("gpt-4.1-mini", Some(1_120)),
            ("gpt-4.1-mini-2025-04-14", Some(1_120)),
            ("gpt-4.1", Some(5_600)),
            ("claude-haiku-4-5-20251001", Some(3_200)),
            (
                "global.anthropic.claude-haiku-4-5-20251001-v1:0",
                Some(3_200),
            ),
            ("us.amazon.nova-micro-v1:0", Some(98)),
            ("amazon.nova-lite-v1:0", Some(168)),
            ("gpt-4.1-mini-finetuned", None),
            ("eu.amazon.nova-micro-v1:0", None),
            ("llama3.2", None),
            ("", None),
        ] {
            assert_eq!(cost(model, 1_200, 400), micros, "{model}");
        }
        assert_eq!(cost("gpt-5-nano", 1, 0), Some(1));
        assert_eq!(
            cost("gpt-5-nano", u64::MAX, u64::MAX),
            Some(u64::MAX.div_ceil(1_000))
        );
    }
}
