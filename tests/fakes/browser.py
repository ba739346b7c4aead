"""A person at a browser: headless Chromium in, clicks and keys and what they see out.

Driven over the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) with the WebSocket that is here
anyway. It listens on loopback, has a profile of its own, reaches no host but 127.0.0.1, and ends with the test.
"""

import asyncio
import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType


_READY_WITHIN = 30.0
_GONE_WITHIN = 10.0
_SEEN_WITHIN = 10.0
_PAUSE = 0.02
# A screenshot in base64 is a few of these.
_LONGEST = 64 * 1024 * 1024
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SWITCHES = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-proxy-server",
    # Whatever a page asks for: no name is looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_KEYS = {
    "Backspace": (8, ""),
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Tab": (9, ""),
    "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
}
_SHIFT = 8
# Visible elements of a selector, of which the name or text is the one asked for; the topmost layer is last in the page.
_FIND = """
(selector, text) => [...document.querySelectorAll(selector)].filter((each) => {
  if (!each.checkVisibility({visibilityProperty: true})) return false;
  if (text === null) return true;
  const names = [each.getAttribute("aria-label"), each.innerText, each.getAttribute("placeholder")];
  return names.some((name) => name !== null && name !== undefined && name.trim() === text);
})
"""
# Where to press it: its middle, once it stands still for a frame and nothing lies over it.
_POINT = f"""
async (selector, text) => {{
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const found = ({_FIND})(selector, text)[0];
  if (!found) return null;
  found.scrollIntoView({{block: "center", behavior: "instant"}});
  await frame();
  const before = found.getBoundingClientRect();
  await frame();
  const box = found.getBoundingClientRect();
  if (box.x !== before.x || box.y !== before.y) return null;
  const at = {{x: box.x + box.width / 2, y: box.y + box.height / 2}};
  const hit = document.elementFromPoint(at.x, at.y);
  return hit && (found.contains(hit) || hit.contains(found)) ? at : null;
}}
"""


class BrowserError(AssertionError):
    """What the page or the browser did not do."""


def binary() -> str | None:
    """Where Chromium is; None where nobody installed it."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def running(program: str, folder: Path) -> Iterator[str]:
    """Run one until the block ends; the address of its WebSocket.

    Args:
        program: as :func:`binary` found it.
        folder: an empty one, for its profile and log.
    """
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    command = [*_ending_with_us(), program, *_SWITCHES, *root, f"--user-data-dir={folder / 'profile'}"]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TZ": "UTC", "LANG": "C.UTF-8"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield _address(process, folder)
    finally:
        _end(process)


def _ending_with_us() -> list[str]:
    """What lets a child end even where we are killed: util-linux has it, which every Debian has."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _address(process: "subprocess.Popen[bytes]", folder: Path) -> str:
    """Port and path stand in a file of the profile when it can be connected to."""
    told = folder / "profile" / "DevToolsActivePort"
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        lines = told.read_text().splitlines() if told.is_file() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(_PAUSE)
    raise BrowserError(f"Chromium did not start; its last words: {(folder / 'log').read_text()[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_GONE_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Line:
    """The protocol: commands with numbered answers, and events in between."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.heard: Callable[[dict[str, Any]], None] = lambda _event: None

    async def listen(self) -> None:
        """Hand out what comes in, until the line is closed."""
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                break
            said = json.loads(message.data)
            waiting = self._waiting.pop(said.get("id", 0), None)
            if waiting is None:
                self.heard(said)
            elif not waiting.done():
                waiting.set_result(said)

    async def ask(self, method: str, session: str = "", **given: Any) -> dict[str, Any]:
        """The result of a command."""
        self._number += 1
        waiting = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        to = {"sessionId": session} if session else {}
        await self._socket.send_json({"id": self._number, "method": method, "params": given, **to})
        said = await asyncio.wait_for(waiting, _READY_WITHIN)
        if "error" in said:
            raise BrowserError(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result


class Page:
    """A tab, with what went wrong in it and whom it asked for what.

    Args:
        line: to the browser.
        session: the tab's.

    Attributes:
        errors: of the console: exceptions, errors, and what the browser refused.
        requested: every address that was asked for.
    """

    def __init__(self, line: _Line, session: str) -> None:
        self._line, self._session = line, session
        self.errors: list[str] = []
        self.requested: list[str] = []

    def heard(self, event: dict[str, Any]) -> None:
        """Keep what an event tells."""
        if event.get("sessionId") != self._session:
            return
        given = event["params"]
        match event["method"]:
            case "Runtime.exceptionThrown":
                details = given["exceptionDetails"]
                self.errors.append(details.get("exception", {}).get("description") or details["text"])
            case "Runtime.consoleAPICalled" if given["type"] in ("error", "warning", "assert"):
                self.errors.append(" ".join(str(each.get("value", each)) for each in given["args"]))
            case "Log.entryAdded" if given["entry"]["level"] in ("error", "warning"):
                self.errors.append(f"{given['entry']['text']} {given['entry'].get('url', '')}")
            case "Network.requestWillBeSent":
                self.requested.append(given["request"]["url"])
            case "Network.webSocketCreated":
                self.requested.append(given["url"])

    async def ask(self, method: str, **given: Any) -> dict[str, Any]:
        """A command of the protocol, to this tab."""
        return await self._line.ask(method, self._session, **given)

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.ask("Page.navigate", url=url)

    async def reload(self) -> None:
        """Load it anew."""
        await self.evaluate("window.before = true")
        await self.ask("Page.reload")
        await self.wait_for("window.before === undefined && document.readyState === 'complete'")

    async def evaluate(self, expression: str, *given: Any) -> Any:
        """What an expression is worth; with arguments, what the function that it is answers."""
        whole = f"({expression})({', '.join(json.dumps(each) for each in given)})" if given else expression
        answer = await self.ask(
            "Runtime.evaluate", expression=whole, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression[:200]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def wait_for(self, expression: str, *given: Any, within: float = _SEEN_WITHIN) -> Any:
        """What it is worth as soon as that is something."""
        deadline = time.monotonic() + within
        while not (found := await self._tried(expression, *given)):
            if time.monotonic() > deadline:
                shown = await self.text("body")
                raise BrowserError(f"never came: {expression[:300]} {given}; shown: {shown[-1500:]!r}")
            await asyncio.sleep(_PAUSE)
        return found

    async def _tried(self, expression: str, *given: Any) -> Any:
        try:
            return await self.evaluate(expression, *given)
        except BrowserError as error:
            if "Cannot find context" in str(error) or "navigated" in str(error):  # between two pages
                return None
            raise

    async def see(self, text: str, within: str = "body") -> None:
        """Wait until a text is to be seen."""
        await self.wait_for(
            "(selector, text) => [...document.querySelectorAll(selector)].some((each) => each.innerText.includes(text))",
            within,
            text,
        )

    async def there(self, selector: str, text: str | None = None) -> None:
        """Wait until such an element is to be seen."""
        await self.wait_for(f"(selector, text) => ({_FIND})(selector, text).length > 0", selector, text)

    async def gone(self, selector: str, text: str | None = None) -> None:
        """Wait until no such element is to be seen."""
        await self.wait_for(f"(selector, text) => ({_FIND})(selector, text).length === 0", selector, text)

    async def text(self, selector: str) -> str:
        """What the first such element says."""
        found: str = await self.evaluate(
            "(selector) => document.querySelector(selector)?.innerText ?? ''", selector
        )
        return found

    async def count(self, selector: str, text: str | None = None) -> int:
        """How many such elements are to be seen."""
        found: int = await self.evaluate(
            f"(selector, text) => ({_FIND})(selector, text).length", selector, text
        )
        return found

    async def click(self, selector: str, text: str | None = None) -> None:
        """Press the first such element that is to be seen, once nothing lies over it.

        Args:
            selector: of CSS.
            text: its name for screen readers, or all that it says.
        """
        at = await self.wait_for(_POINT, selector, text)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self.ask(
                "Input.dispatchMouseEvent", type=kind, x=at["x"], y=at["y"], button="left", clickCount=1
            )

    async def write(self, text: str) -> None:
        """Type where the focus is."""
        await self.ask("Input.insertText", text=text)

    async def fill(self, selector: str, text: str, name: str | None = None) -> None:
        """Press a field and type into it, instead of what is there."""
        await self.click(selector, name)
        await self.evaluate("document.activeElement.select()")
        await (self.write(text) if text else self.press("Backspace"))

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key."""
        code, text = _KEYS[key]
        given = {
            "key": key,
            "code": key,
            "windowsVirtualKeyCode": code,
            "modifiers": _SHIFT if shift else 0,
        }
        await self.ask("Input.dispatchKeyEvent", type="keyDown", **given, **({"text": text} if text else {}))
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **given)

    async def look(
        self, *, width: int = 1280, height: int = 800, dark: bool = False, phone: bool = False
    ) -> None:
        """At a screen of this size, in the light or in the dark."""
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        await self.ask("Emulation.setTouchEmulationEnabled", enabled=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        await self.ask("Emulation.setEmulatedMedia", features=[scheme, still])

    async def screenshot(self, path: Path) -> None:
        """Write what is to be seen."""
        shot = await self.ask("Page.captureScreenshot", format="png")
        _write(path, base64.b64decode(shot["data"]))


def _write(path: Path, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Page]:
    """A new tab with nothing kept from others, until the block ends.

    Args:
        address: of a browser that :func:`running` started.
    """
    async with ClientSession() as session, session.ws_connect(address, max_msg_size=_LONGEST) as socket:
        line = _Line(socket)
        listening = asyncio.create_task(line.listen())
        context = (await line.ask("Target.createBrowserContext"))["browserContextId"]
        try:
            yield await _tab(line, context)
        finally:
            await line.ask("Target.disposeBrowserContext", browserContextId=context)
            await socket.close()
            await listening


async def _tab(line: _Line, context: str) -> Page:
    made = await line.ask("Target.createTarget", url="about:blank", browserContextId=context)
    attached = await line.ask("Target.attachToTarget", targetId=made["targetId"], flatten=True)
    page = Page(line, attached["sessionId"])
    line.heard = page.heard
    for domain in ("Page", "Runtime", "Log", "Network"):
        await page.ask(f"{domain}.enable")
    await page.ask("Network.setUserAgentOverride", userAgent="test", acceptLanguage="en-GB")
    await page.look()
    return page
