"""Plat as the templates deploy it, on an emulator that lives as long as the tests.

Here belongs how tests reach what is deployed: over HTTP like anybody, and with the account's own rights to look at
queues, logs and roles. Not here: what is expected of it.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from stack import deploy, package
from stack.__main__ import PARAMETERS, ROOT
from stack.emulator import Emulator

T = TypeVar("T")

PASSWORD = "Aa1-of-everybody"

# The jobs that are told what happens to leads, by way of the bus and a queue each.
TOLD = ("activities.record", "audit.record", "analytics.aggregate")

# The job whose schedule fires each minute here, and that nothing but its schedule calls.
HASTENED = "admin.check_health"

# How soon what follows from a request is to be seen.
SOON = 10


@contextmanager
def running(folder: Path) -> Iterator["Plat"]:
    """Builds, starts and deploys everything, and ends it whatever happens."""
    package.build(ROOT)
    emulator = Emulator(folder)
    emulator.stop()
    signal.signal(signal.SIGTERM, _give_up)
    try:
        emulator.start()
        plat = Plat(emulator, deploy.deploy(emulator, ROOT, "plat-test", PARAMETERS))
        plat.hasten(HASTENED)
        yield plat
    finally:
        emulator.stop()


def _give_up(*_: Any) -> None:
    """An exception in place of a sudden end: a build that is cancelled leaves nothing running."""
    raise KeyboardInterrupt


class Case(unittest.TestCase):
    """A test of what is deployed."""

    plat: "Plat"


@dataclass
class Reply:
    """What was answered."""

    status: int
    body: Any


@dataclass
class Person:
    """Somebody who signed up."""

    token: str
    team: str
    email: str


class Plat:
    """What is deployed."""

    def __init__(self, emulator: Emulator, deployed: deploy.Deployed):
        self.emulator = emulator
        self._trust = emulator.trust()
        self.functions = emulator.client("lambda")
        self.queues = emulator.client("sqs")
        self.roles = emulator.client("iam")
        self.logs = emulator.client("logs")
        self.schedules = emulator.client("scheduler")
        self.events = emulator.client("events")
        self.table = emulator.client("dynamodb")
        self.streams = emulator.client("dynamodbstreams")
        self.api = self._crm_url()
        self._configurations = {
            made["Handler"]: made
            for page in self.functions.get_paginator("list_functions").paginate()
            for made in page["Functions"]
        }
        relay = self._configurations["outbox.relay"]["Environment"]["Variables"]
        self.table_name, self.bus = relay["TABLE_NAME"], relay["BUS_NAME"]
        mappings = self.functions.list_event_source_mappings()["EventSourceMappings"]
        arns = {mapping["EventSourceArn"] for mapping in mappings}
        self._queues = [Queue(self, arn) for arn in sorted(arns) if ":sqs:" in arn]

    def _crm_url(self) -> str:
        apis = self.emulator.client("apigatewayv2").get_apis()["Items"]
        return next(api["ApiEndpoint"] for api in apis if api["Name"].endswith("crm"))

    # Over HTTP

    def call(self, method: str, path: str, body: Any = None, by: Person | None = None) -> Reply:
        """Sends one request, again later if there were too many.

        The API's host is a name that not every machine knows, so it goes into a header only.
        """
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.emulator.port, timeout=30, context=self._trust
        )
        sent = {"Host": urlsplit(self.api).netloc}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if by is not None:
            sent["Authorization"] = f"Bearer {by.token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answered = connection.getresponse()
            content = answered.read()
        finally:
            connection.close()
        if answered.status == 429:
            time.sleep(int(answered.headers["Retry-After"]))
            return self.call(method, path, body, by)
        try:
            return Reply(answered.status, json.loads(content))
        except ValueError:
            return Reply(answered.status, content.decode(errors="replace"))

    def send(self, presigned: dict[str, Any], content: bytes | None = None) -> tuple[int, bytes]:
        """Makes a request that a function signed, without being anybody; returns the status and what was answered."""
        request = urllib.request.Request(
            presigned["url"], content, presigned["headers"], method=presigned["method"]
        )
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._trust) as answered:
                return answered.status, answered.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def sign_up(self) -> Person:
        """Somebody new, with a team of their own."""
        email = f"{uuid4().hex[:12]}@example.com"
        body = {"email": email, "password": PASSWORD, "name": "Ada"}
        reply = self.call("POST", "/api/auth/register", body)
        assert reply.status == 201, reply
        return Person(reply.body["accessToken"], reply.body["team"]["id"], email)

    def create_lead(self, by: Person) -> str:
        """A new lead's id."""
        body = {"name": "Linus", "email": f"{uuid4().hex[:12]}@example.com"}
        reply = self.call("POST", "/api/leads", body, by)
        assert reply.status == 201, reply
        return reply.body["id"]

    def timeline(self, by: Person, lead: str) -> list[dict[str, Any]]:
        """What is told of a lead."""
        reply = self.call("GET", f"/api/leads/{lead}/activities", by=by)
        assert reply.status == 200, reply
        return reply.body["items"]

    def mail_to(self, address: str) -> list[dict[str, Any]]:
        """The mail that was sent to somebody."""
        accounts = json.loads(self.emulator.get("/_ministack/ses/messages"))["messages"].values()
        return [mail for mails in accounts for mail in mails if address in mail["To"]]

    # The table and what is told of it

    def items(self, team: str, kind: str | None = None) -> dict[str, Any]:
        """Every item of a team, or those of one kind, by their keys. What its people's requests count is not among them."""
        pages = self.table.get_paginator("scan").paginate(TableName=self.table_name)
        return {
            f"{item['PK']['S']} {item['SK']['S']}": item
            for page in pages
            for item in page["Items"]
            if item["PK"]["S"].startswith(f"T#{team}")
            and kind in (None, item.get("type", {}).get("S"))
        }

    def told(self, job: str, by: Person) -> int:
        """Of how many new leads of somebody's team a job was told, by what it wrote."""
        match job:
            case "activities.record":
                kept = self.items(by.team, "activity")
                return sum("#LEAD#" in key for key in kept)
            case "audit.record":
                kept = self.items(by.team, "audit")
                return sum("lead.created" in json.dumps(row) for row in kept.values())
            case "analytics.aggregate":
                figures = self.items(by.team, "figures").get(f"T#{by.team}#FIGURES LEADS", {})
                return int(figures.get("new", {"N": "0"})["N"])
            case _:
                raise AssertionError(f"{job} writes nothing that is counted here")

    def let_operate(self, person: Person) -> None:
        """Lets somebody operate the installation, as is done by hand in the table."""
        user = self.call("GET", "/api/auth/me", by=person).body["user"]["id"]
        self.table.update_item(
            TableName=self.table_name,
            Key={"PK": {"S": f"U#{user}"}, "SK": {"S": "GATE"}},
            UpdateExpression="SET platform = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )

    def changes(self) -> list[dict[str, Any]]:
        """What is in the table's stream, as functions are handed it."""
        described = self.table.describe_table(TableName=self.table_name)["Table"]
        arn = described["LatestStreamArn"]
        shards = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        records = []
        for shard in shards:
            place = self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while place:
                read = self.streams.get_records(ShardIterator=place)
                records += read["Records"]
                place = read.get("NextShardIterator") if read["Records"] else None
        for record in records:
            created = record["dynamodb"]["ApproximateCreationDateTime"]
            record["dynamodb"]["ApproximateCreationDateTime"] = created.timestamp()
        return records

    @contextmanager
    def listening(self) -> Iterator[Callable[[str, str], str | None]]:
        """Hears the events of the bus as jobs do, in a queue of its own.

        What it gives returns the message of this type that is about this subject.
        """
        name = f"heard-{uuid4().hex[:8]}"
        url = self.queues.create_queue(QueueName=name)["QueueUrl"]
        arn = self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        rule = {"Name": name, "EventBusName": self.bus}
        self.events.put_rule(**rule, EventPattern='{"source": ["plat"]}')
        target = {"Id": "heard", "Arn": arn["Attributes"]["QueueArn"]}
        self.events.put_targets(Rule=name, EventBusName=self.bus, Targets=[target])
        messages: list[str] = []

        def heard(kind: str, subject: str) -> str | None:
            received = self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            messages.extend(message["Body"] for message in received.get("Messages", []))
            for message in messages:
                body = json.loads(message)
                if body["detail-type"] == kind and body["detail"]["subject"]["id"] == subject:
                    return message
            return None

        try:
            yield heard
        finally:
            self.events.remove_targets(Rule=name, EventBusName=self.bus, Ids=["heard"])
            self.events.delete_rule(**rule)
            self.queues.delete_queue(QueueUrl=url)

    def settle(self) -> None:
        """Waits until the queues of all jobs have been empty for a moment."""
        deadline = time.monotonic() + 3 * SOON
        empty = 0
        while empty < 5:
            left = [queue.url for queue in self._queues if queue.count()]
            empty = 0 if left else empty + 1
            assert time.monotonic() < deadline, f"these do not become empty: {left}"
            time.sleep(0.1)

    def rule_of(self, job: str) -> tuple[str, dict[str, Any]]:
        """The queue of a job that follows what AWS tells on the default bus, and which of that its rule lets through."""
        name = f"-{job.replace('.', '-', 1)}"
        (queue,) = [queue for queue in self._queues if queue.url.endswith(name)]
        target = queue.attribute("QueueArn")
        (rule,) = self.events.list_rule_names_by_target(TargetArn=target)["RuleNames"]
        return queue.url, json.loads(self.events.describe_rule(Name=rule)["EventPattern"])

    def hasten(self, operation: str) -> None:
        """Has the schedule of a job fire each minute from now on; the emulator knows nothing shorter."""
        arn = self._configurations[operation]["FunctionArn"]
        for listed in self.schedules.list_schedules()["Schedules"]:
            if listed["Target"]["Arn"] != arn:
                continue
            found = self.schedules.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])
            kept = ("Name", "GroupName", "FlexibleTimeWindow", "Target", "State")
            self.schedules.update_schedule(
                **{name: found[name] for name in kept}, ScheduleExpression="rate(1 minute)"
            )
            return
        raise AssertionError(f"{operation} has no schedule")

    # Functions

    @property
    def operations(self) -> list[str]:
        """What functions there are, by their handlers."""
        return sorted(self._configurations)

    def function(self, operation: str) -> str:
        """The name of the function whose handler is `operation`."""
        return self._configurations[operation]["FunctionName"]

    def invoke(self, operation: str, event: Any) -> Any:
        """What a function replies to an event. Raises if it fails as a whole."""
        reply = self.functions.invoke(
            FunctionName=self.function(operation), Payload=json.dumps(event).encode()
        )
        payload = json.load(reply["Payload"])
        assert "FunctionError" not in reply, payload
        return payload

    def log(self, operation: str, since: float = 0) -> list[str]:
        """What a function has written since a time."""
        group = self._configurations[operation]["LoggingConfig"]["LogGroup"]
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=int(since * 1000)
        )
        return [event["message"] for page in pages for event in page["events"]]

    def processes(self, operation: str) -> list[int]:
        """The processes of a function: it says in its environment which one it is."""
        listed = subprocess.run(
            ["ps", "axeww", "-o", "pid=,pgid=,command="], capture_output=True, text=True, check=True
        )
        group = self.emulator.pid()
        handler = re.compile(rf"\b_HANDLER={re.escape(operation)}(\s|$)")
        found = []
        for line in listed.stdout.splitlines():
            pid, owner, command = line.split(None, 2)
            if int(owner) == group and handler.search(command):
                found.append(int(pid))
        return found

    def signal(self, operation: str, which: signal.Signals) -> int:
        """Sends a signal to every process of a function, and tells how many there were."""
        count = 0
        for pid in self.processes(operation):
            try:
                os.kill(pid, which)
                count += 1
            except ProcessLookupError:
                # It ended by itself in between.
                pass
        return count

    def restart(self, operation: str) -> None:
        """Ends a function's processes; the next event starts it anew."""
        self.signal(operation, signal.SIGKILL)
        until(lambda: not self.processes(operation))

    @contextmanager
    def without(self, operation: str, action: str) -> Iterator[None]:
        """Takes one action out of a function's role for a while."""
        role = self._configurations[operation]["Role"].rpartition("/")[2]
        kept = {
            name: self.roles.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in self.roles.list_role_policies(RoleName=role)["PolicyNames"]
        }
        taken = 0
        for name, document in kept.items():
            less = []
            for statement in document["Statement"]:
                actions = statement["Action"]
                actions = [actions] if isinstance(actions, str) else actions
                left = [granted for granted in actions if granted != action]
                taken += len(actions) - len(left)
                if left:
                    less.append({**statement, "Action": left})
            self._put_policy(role, name, {**document, "Statement": less})
        assert taken, f"{operation} was never granted {action}"
        try:
            yield
        finally:
            for name, document in kept.items():
                self._put_policy(role, name, document)

    def _put_policy(self, role: str, name: str, document: dict[str, Any]) -> None:
        if document["Statement"]:
            self.roles.put_role_policy(
                RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)
            )
        else:
            self.roles.delete_role_policy(RoleName=role, PolicyName=name)

    # Queues

    def queue(self, operation: str) -> "Queue":
        """The queue of a job, as its event source names it."""
        mappings = self.functions.list_event_source_mappings(FunctionName=self.function(operation))
        arn = mappings["EventSourceMappings"][0]["EventSourceArn"]
        return Queue(self, arn)


class Queue:
    """A queue and its dead letters."""

    def __init__(self, plat: Plat, arn: str):
        self.client = plat.queues
        self.url = self.client.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]

    def attribute(self, name: str) -> str:
        """What the queue says of itself."""
        asked = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return asked["Attributes"][name]

    def dead_letters(self) -> "Queue":
        """Where it puts what fails too often."""
        policy = json.loads(self.attribute("RedrivePolicy"))
        dead = object.__new__(Queue)
        dead.client = self.client
        name = policy["deadLetterTargetArn"].rpartition(":")[2]
        dead.url = self.client.get_queue_url(QueueName=name)["QueueUrl"]
        return dead

    def count(self) -> int:
        """How many messages there are, those in work included."""
        return sum(
            int(self.attribute(name))
            for name in ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        )

    def send(self, bodies: list[str]) -> None:
        """Puts messages in, all at once."""
        sent = self.client.send_message_batch(
            QueueUrl=self.url,
            Entries=[
                {"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)
            ],
        )
        assert not sent.get("Failed"), sent

    def take(self) -> list[str]:
        """Takes up to ten messages out."""
        received = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        messages = received.get("Messages", [])
        for message in messages:
            self.client.delete_message(
                QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"]
            )
        return [message["Body"] for message in messages]

    @contextmanager
    def hidden_for(self, seconds: int) -> Iterator[None]:
        """Has messages that were not worked come again after so many seconds: deployed, it takes minutes."""
        usual = self.attribute("VisibilityTimeout")
        self._hide(seconds)
        try:
            yield
        finally:
            self._hide(int(usual))

    def _hide(self, seconds: int) -> None:
        self.client.set_queue_attributes(
            QueueUrl=self.url, Attributes={"VisibilityTimeout": str(seconds)}
        )


def sample(function: str, name: str) -> dict[str, Any]:
    """What AWS hands to a function."""
    return json.loads((ROOT / "events" / function / f"{name}.json").read_text())


def until(look: Callable[[], T], limit: float = SOON) -> T:
    """What `look` returns once it returns something, and what it returned last if that takes too long."""
    deadline = time.monotonic() + limit
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.25)
    return seen
