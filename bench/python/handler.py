"""One GetItem with the official client, as a handler for Lambda."""

import json
import os

import boto3

client = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
key = json.loads(os.environ["ITEM_KEY"])


def handler(event, context):
    reply = client.get_item(TableName=os.environ["TABLE_NAME"], Key=key)
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(reply["Item"]),
    }
