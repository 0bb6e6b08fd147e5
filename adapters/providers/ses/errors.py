"""The name of an error of AWS."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

_CODE = re.compile(r"[A-Za-z]{1,64}")


def error_name(response: httpx.Response, answer: Mapping[str, Any]) -> str:
    """The error's name: ``X-Amzn-ErrorType``, else ``__type`` or ``code``, without what may stand around it.

    Source: the AWS restJson1 protocol, "Operation error serialization".
    """
    for told in (response.headers.get("x-amzn-errortype"), answer.get("__type"), answer.get("code")):
        if isinstance(told, str):
            name = told.partition(":")[0].rpartition("#")[2]
            return name if _CODE.fullmatch(name) else ""
    return ""
