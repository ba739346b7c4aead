"""An object held against the official client's models: what the API server's published schema knows, without a server.

https://github.com/kubernetes-client/python generates them from it. They forbid fields that they do not know, as the API server does
with ``fieldValidation=Strict``.
"""

from collections.abc import Mapping
from typing import Any

import pydantic
from kubernetes import client


def faults(item: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object, by path: unknown, of another type, missing; or of a kind that the client does not know."""
    version = item["apiVersion"].rpartition("/")[2]
    model = getattr(client, f"{version.capitalize()}{item['kind']}", None)
    if model is None:
        return [f"no model for {item['apiVersion']} {item['kind']}"]
    try:
        model.model_validate(item)
    except pydantic.ValidationError as problem:
        return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problem.errors()]
    return []
