"""Makes somebody an operator of an installation, or no longer one.

No endpoint does this: who may do it is who may write to the table. The table's name is an output of the stack.
"""

import argparse
import sys

import boto3
from botocore.exceptions import ClientError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", required=True)
    parser.add_argument("--email", required=True, help="the address that they sign in with")
    parser.add_argument("--revoke", action="store_true")
    asked = parser.parse_args()
    email = asked.email.strip().lower()
    stacks = boto3.client("cloudformation").describe_stacks(StackName=f"plat-{asked.environment}")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks["Stacks"][0]["Outputs"]}
    table = boto3.resource("dynamodb").Table(outputs["TableName"])
    claim = table.get_item(Key={"PK": f"E#{email}", "SK": "CLAIM"}).get("Item")
    if claim is None:
        print(f"Nobody has registered with {email}.", file=sys.stderr)
        return 1
    change = "REMOVE platform" if asked.revoke else "SET platform = :yes"
    values = {} if asked.revoke else {"ExpressionAttributeValues": {":yes": True}}
    table.update_item(
        Key={"PK": f"U#{claim['userId']}", "SK": "GATE"},
        UpdateExpression=change,
        ConditionExpression="attribute_exists(PK)",
        **values,
    )
    print(f"{email} is {'no longer ' if asked.revoke else 'now '}an operator of plat-{asked.environment}.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ClientError as refused:
        sys.exit(str(refused))
