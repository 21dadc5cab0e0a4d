"""What the emulator lacks, and what is therefore deployed otherwise than the templates say. This is all of it."""

from typing import Any


def fit(body: dict[str, Any]) -> None:
    """Changes a template to what the emulator has."""
    body["Resources"] = {key: made for key, made in body["Resources"].items() if _known(made)}
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    _widen(statement)


def _known(resource: dict[str, Any]) -> bool:
    """Whether there is such a resource. One that there is not is left out, so nothing may refer to it."""
    match resource["Type"]:
        case "AWS::Events::Archive":
            return False
        case "AWS::CloudWatch::Alarm":
            # It reckons with one metric, not with several.
            return "Metrics" not in resource["Properties"]
        case _:
            return True


def _widen(statement: dict[str, Any]) -> None:
    """Grants what the emulator asks for where AWS asks for something else."""
    actions = statement["Action"]
    actions = [actions] if isinstance(actions, str) else list(actions)
    if "sqs:SendMessage" in actions:
        # On AWS, who may send one message may send a batch; there is no action of this name.
        actions.append("sqs:SendMessageBatch")
    if "ses:SendEmail" in actions:
        # It is asked for on no identity in particular, so a grant for one would never do.
        statement["Resource"] = "*"
    if {"kms:GenerateDataKey", "kms:Decrypt"} & set(actions):
        # Conditions on an encryption context never hold, since it does not look at one.
        statement.pop("Condition", None)
    statement["Action"] = actions
