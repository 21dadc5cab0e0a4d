"""The root template and its nested stacks, each deployed as a stack of its own.

The emulator expands SAM only in a stack that is not nested. So the nested ones are taken out of the root, and deployed
beside it in the order that their parameters ask for. What a parameter's value is, the emulator works out: it is made
an output of the root for as long as that takes. In this, in the place of the functions' code, and in what the emulator
lacks (`limits`), what is deployed differs from what the templates say; in nothing else.
"""

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import limits, package, template
from .emulator import Emulator

BUCKET = "plat-artifacts"

# Long for a stack on the emulator, which takes a second for some hundred functions.
DEPLOY_LIMIT = 120

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]

# The output of the root that is there if a nested stack is to be.
PRESENT = "present"


class DeployError(Exception):
    """A stack that was refused, with the reasons its events give."""


@dataclass
class Deployed:
    """What there is after a deployment."""

    name: str
    # The outputs of the root.
    outputs: dict[str, str] = field(default_factory=dict)
    # Those of each nested stack, by its logical id. A stack whose condition does not hold has none.
    nested: dict[str, dict[str, str]] = field(default_factory=dict)


def deploy(emulator: Emulator, root: Path, name: str, parameters: dict[str, str]) -> Deployed:
    """Deploys the template.yaml of `root` as the stack `name`, or brings that stack up to date.

    A parameter that the template does not have is passed over. The sender of mail becomes an identity of SES, as it is
    in an account that mail goes out from.
    """
    mail = emulator.client("sesv2")
    try:
        mail.create_email_identity(EmailIdentity=parameters["MailFrom"])
    except mail.exceptions.AlreadyExistsException:
        pass
    return _Deployment(emulator, root, name, parameters).run()


class _Deployment:
    def __init__(self, emulator: Emulator, root: Path, name: str, parameters: dict[str, str]):
        self.emulator = emulator
        self.root = root
        self.stacks = emulator.client("cloudformation")
        self.store = emulator.client("s3")
        self.whole = template.load(root / "template.yaml")
        declared = self.whole.get("Parameters", {})
        self.parameters = {key: value for key, value in parameters.items() if key in declared}
        resources = self.whole["Resources"]
        self.nested = {key: made for key, made in resources.items() if made["Type"] in template.NESTED}
        self.own = {key: made for key, made in resources.items() if key not in self.nested}
        self.deployed = Deployed(name)

    def run(self) -> Deployed:
        self.store.create_bucket(Bucket=BUCKET)
        templates = self._packaged()
        waiting = dict(self.nested)
        while True:
            ready = {key: stack for key, stack in waiting.items() if not self._waits(stack, waiting)}
            given = self._deploy_root(waiting, ready)
            if not waiting:
                return self.deployed
            if not ready:
                raise DeployError(f"these wait for each other: {', '.join(waiting)}")
            started = {}
            for key in ready:
                del waiting[key]
                self.deployed.nested[key] = {}
                if (parameters := given[key]) is not None:
                    started[key] = f"{self.deployed.name}-{key}"
                    self._begin(started[key], templates[key], parameters)
            for key, stack in started.items():
                self.deployed.nested[key] = self._finish(stack)

    def _waits(self, value: Any, waiting: dict[str, Any]) -> bool:
        """Whether `value` refers, perhaps by way of the root's own resources, to a stack that is not there yet."""
        found: set[str] = set()
        further = template.references(value)
        while further:
            found |= further
            further = {
                name
                for key in further
                if key in self.own
                for name in template.references(self.own[key])
            } - found
        return not found.isdisjoint(waiting)

    def _deploy_root(
        self, waiting: dict[str, Any], ready: dict[str, Any]
    ) -> dict[str, dict[str, str] | None]:
        """Deploys what can be deployed of the root, and returns the parameters of the stacks that are ready.

        There are none for a stack whose condition does not hold.
        """

        def possible(section: dict[str, Any]) -> dict[str, Any]:
            return {
                key: template.with_outputs(value, self.deployed.nested)
                for key, value in section.items()
                if not self._waits(value, waiting)
            }

        # Stacks share most of their parameters, and an output is asked once.
        numbers: dict[str, str] = {}
        asked: dict[str, dict[str, str]] = {}
        for key, stack in ready.items():
            condition = {name: stack[name] for name in ("Condition",) if name in stack}
            expressions = {PRESENT: PRESENT} | stack["Properties"].get("Parameters", {})
            asked[key] = {}
            for name, expression in expressions.items():
                value = template.with_outputs(expression, self.deployed.nested)
                output = json.dumps({"Value": value, **condition}, sort_keys=True)
                asked[key][name] = numbers.setdefault(output, f"Asked{len(numbers)}")
        body = {
            **self.whole,
            "Resources": possible(self.own),
            "Outputs": possible(self.whole.get("Outputs", {}))
            | {number: json.loads(output) for output, number in numbers.items()},
        }
        self._begin(self.deployed.name, body, self.parameters)
        answered = self._finish(self.deployed.name)
        self.deployed.outputs = {
            key: value for key, value in answered.items() if key not in numbers.values()
        }
        return {
            key: {name: answered[number] for name, number in names.items() if name != PRESENT}
            if names[PRESENT] in answered
            else None
            for key, names in asked.items()
        }

    def _begin(self, stack: str, body: dict[str, Any], parameters: dict[str, str]) -> None:
        # By its address, since a template that is sent along may be 50 KB at most.
        key = f"{stack}.json"
        self.store.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(body).encode())
        request = {
            "StackName": stack,
            "TemplateURL": f"{self.emulator.url}/{BUCKET}/{key}",
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
            ],
            "Capabilities": CAPABILITIES,
        }
        refusals = self.stacks.exceptions
        try:
            try:
                self.stacks.create_stack(**request)
            except refusals.AlreadyExistsException:
                self.stacks.update_stack(**request)
        except refusals.ClientError as refused:
            if "No updates are to be performed" not in str(refused):
                raise DeployError(f"{stack}: {refused}") from refused

    def _finish(self, stack: str) -> dict[str, str]:
        """Waits for a stack, and returns its outputs."""
        deadline = time.monotonic() + DEPLOY_LIMIT
        while True:
            found = self.stacks.describe_stacks(StackName=stack)["Stacks"][0]
            status = found["StackStatus"]
            if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                return {made["OutputKey"]: made["OutputValue"] for made in found.get("Outputs", [])}
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
                raise DeployError(f"{stack} is {status}: {self._reasons(stack)}")
            time.sleep(0.05)

    def _reasons(self, stack: str) -> str:
        events = self.stacks.describe_stack_events(StackName=stack)["StackEvents"]
        return "; ".join(
            f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")
        )

    def _packaged(self) -> dict[str, dict[str, Any]]:
        """The templates of the nested stacks, with their code where it was uploaded to: one zip for each domain."""
        templates = {
            key: template.load(self.root / template.source(stack)) for key, stack in self.nested.items()
        }
        for body in templates.values():
            limits.fit(body)
        places = [place for body in templates.values() for place in template.code_places(body)]
        uploaded = {}
        for domain in {template.domain(place) for place in places}:
            archive = package.bundle(self.root, domain).read_bytes()
            # Named after what it is, so that a stack is brought up to date when it changes.
            key = f"{domain}-{hashlib.sha256(archive).hexdigest()[:16]}.zip"
            self.store.put_object(Bucket=BUCKET, Key=key, Body=archive)
            uploaded[domain] = {"Bucket": BUCKET, "Key": key}
        for place in places:
            place["CodeUri"] = uploaded[template.domain(place)]
        return templates
