//! Who did something.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::UserId;

/// The person behind a change, with the name they had when they made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// The user.
    pub id: UserId,
    /// The user's name at the time.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_id_and_name_on_the_wire() {
        let json = r#"{"id":"01D39ZY06FGSCTVN4T2V9PKHFZ","name":"Ann"}"#;

        let actor: Actor = serde_json::from_str(json).unwrap();

        assert_eq!(serde_json::to_string(&actor).unwrap(), json);
    }
}
