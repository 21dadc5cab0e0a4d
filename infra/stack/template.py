"""Reading templates: their YAML, what they refer to, and the functions' code in them."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

NESTED = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")

_REFERENCE_IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")


class _Loader(yaml.SafeLoader):
    """YAML in which `!Sub x` is the mapping `{"Fn::Sub": x}`, and dates are texts."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)


def load(path: Path) -> dict[str, Any]:
    """A template as mappings and lists."""
    return yaml.load(path.read_text(), _Loader)  # noqa: S506, since the loader is a safe one


def source(nested: dict[str, Any]) -> str:
    """Where the template of a nested stack is, as the root says."""
    properties = nested["Properties"]
    return properties.get("TemplateURL") or properties["Location"]


def references(value: Any) -> set[str]:
    """The logical ids that `value` refers to, parameters included."""
    return {name for name, _ in _named(value)}


def _named(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                yield inner, ""
            elif key == "Fn::GetAtt" and isinstance(inner, list):
                yield inner[0], ".".join(map(str, inner[1:]))
            elif key == "DependsOn":
                yield from ((name, "") for name in ([inner] if isinstance(inner, str) else inner))
            elif key == "Fn::Sub":
                text, variables = inner if isinstance(inner, list) else (inner, {})
                yield from _named(variables)
                for found in _REFERENCE_IN_TEXT.findall(text):
                    name, _, attribute = found.strip().partition(".")
                    if name not in variables:
                        yield name, attribute
            else:
                yield from _named(inner)


def with_outputs(value: Any, outputs: dict[str, dict[str, str]]) -> Any:
    """`value` with what nested stacks that are deployed put out in place of the references to it."""
    if isinstance(value, list):
        return [with_outputs(item, outputs) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::GetAtt"} and value["Fn::GetAtt"][0] in outputs:
        name, *attribute = value["Fn::GetAtt"]
        return _output(outputs, name, ".".join(attribute))
    if set(value) == {"Fn::Sub"}:
        text, variables = (
            value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
        )

        def put_in(match: re.Match[str]) -> str:
            name, _, attribute = match[1].strip().partition(".")
            if name in variables or name not in outputs:
                return match[0]
            return _output(outputs, name, attribute)

        text = _REFERENCE_IN_TEXT.sub(put_in, text)
        return {"Fn::Sub": [text, with_outputs(variables, outputs)] if variables else text}
    made = {key: with_outputs(inner, outputs) for key, inner in value.items()}
    if "DependsOn" in made:
        named = made["DependsOn"]
        left = [name for name in ([named] if isinstance(named, str) else named) if name not in outputs]
        made["DependsOn"] = left
        if not left:
            del made["DependsOn"]
    return made


def _output(outputs: dict[str, dict[str, str]], name: str, attribute: str) -> str:
    output = attribute.removeprefix("Outputs.")
    if output not in outputs[name]:
        raise KeyError(f"the stack {name} has no output {output}")
    return outputs[name][output]


def code_places(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The mappings of a template whose `CodeUri` is a folder on this machine."""
    places = [template.get("Globals", {}).get("Function", {})]
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            places.append(resource["Properties"])
    yield from (place for place in places if isinstance(place.get("CodeUri"), str))


def domain(place: dict[str, Any]) -> str:
    """The binary that a `CodeUri` means: it is named after its folder."""
    return PurePosixPath(place["CodeUri"]).name.removesuffix(".zip")
