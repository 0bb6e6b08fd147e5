"""Somebody who follows a page of documentation, command by command, and looks whether it tells the truth."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import httpx
from attrs import field, frozen

from tests.integration.api.curl import Request, read_curl
from tests.integration.api.likeness import Likeness
from tests.integration.api.page import Block, Command
from tests.integration.api.whole import Whole

ROOT = Path(__file__).parents[3]
PATIENCE = 10.0
"""Seconds within which a GET must find what the requests before it have set going."""


@frozen
class Reader:
    """Somebody who does what the page says.

    Args:
        system: what they do it to.
        folder: where they have the files.
        likeness: what ids on the page stand for.
    """

    system: Whole
    folder: Path
    likeness: Likeness = field(factory=Likeness)

    async def follow(self, command: Command) -> None:
        """Do as a command says, and look at what is answered.

        Raises:
            AssertionError: it is answered otherwise than is shown.
            ValueError: it is a command that nobody knows here.
        """
        program, *words = command.words
        known: Mapping[str, Callable[[Command, Sequence[str]], Awaitable[None]]] = {
            "curl": self._curl,
            "make": self._make,
            ".": self._read_env,
            "openapi-python-client": self._generate,
        }
        if program not in known:
            raise ValueError(f"{command}: nobody knows {program} here")
        await known[program](command, words)

    async def _curl(self, command: Command, words: Sequence[str]) -> None:
        request = read_curl([self.likeness.real(word) for word in words], self.folder)
        self.likeness.sends((request.body or b"").decode())
        told = await self._asked(request, command.answer)

        assert not told, f"{command}\n" + "\n".join(told)

    async def _asked(self, request: Request, shown: Block | None) -> list[str]:
        """What is not as it is shown. Who looks may look again: what was set going takes its time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            response = await request.send(self.system.http)
            told = self._differences(request, response, shown)
            if not told or request.method != "GET" or loop.time() > until:
                return told
            await asyncio.sleep(0.05)

    def _differences(self, request: Request, response: httpx.Response, shown: Block | None) -> list[str]:
        if request.shows_head is not (shown is not None and shown.kind == "http"):
            return ["-i goes with an answer of the kind http, and with no other"]
        if not request.shows_head and not response.is_success:
            return [f"{response.status_code}: {response.text}"]
        if shown is None:
            return []
        if shown.kind == "http":
            return self._message_differences(shown.text, response)
        if shown.kind == "json":
            return self.likeness.differences(json.loads(shown.text), response.json())
        return self.likeness.differences(shown.text.strip(), response.text.strip())

    def _message_differences(self, shown: str, response: httpx.Response) -> list[str]:
        head, _, body = shown.partition("\n\n")
        first, *lines = head.strip().splitlines()
        found = f"{response.http_version} {response.status_code}"
        if first.split()[:2] != found.split():  # its words change with Python, as those of 422
            return [f"{found} instead of {first}: {response.text}"]
        headers = dict(line.split(": ", 1) for line in lines)
        told = self.likeness.head_differences(
            {name.lower(): value for name, value in headers.items()}, response.headers
        )
        if body.strip():
            return told + self.likeness.differences(json.loads(body), response.json())
        return told + ([f"there is a body: {response.text}"] if response.text else [])

    async def _make(self, command: Command, words: Sequence[str]) -> None:
        """What `make dev` begins is running here already."""
        for target in words:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), str(command)

    async def _read_env(self, command: Command, words: Sequence[str]) -> None:
        """The variables that `drumbeat dev` writes are set here already; tests/e2e reads the file."""
        assert list(words) == [".drumbeat/dev/env"], str(command)

    async def _generate(self, command: Command, words: Sequence[str]) -> None:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("openapi-python-client"),
            *words,
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()

        assert process.returncode == 0, f"{command}\n{out.decode()}"
