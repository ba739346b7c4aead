"""The pictures of the documentation, taken of the demo itself: ``python -m tests.pictures docs/images``.

An alert alone, and the page with its thread beside it. A folder in, two PNG files out; needs Chromium.
"""

import asyncio
import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.cli import logs
from bot.wiring.trying import trying
from tests.fakes import browser
from tests.fakes.browser import Page


# A secret that nobody attached: its proof takes the cluster and the registry, so it shows what this is about.
_CHANNEL = '.channel[data-channel="C000PAYMENTS"]'
_CAUSE = "does not use pull secret"
_ALERT = "#conversation .timeline .message:has(.block-header)"
_BOX = """
(selector, text) => {
  const found = [...document.querySelectorAll(selector)].find((each) => each.innerText.includes(text));
  if (!found) return null;
  found.scrollIntoView({block: "start", behavior: "instant"});
  const box = found.getBoundingClientRect();
  return {x: box.x, y: box.y, width: box.width, height: box.height, scale: 1};
}
"""
_THREAD = """
(selector, text) => {
  const found = [...document.querySelectorAll(selector)].find((each) => each.innerText.includes(text));
  const line = found && found.querySelector(".thread-line");
  if (line) line.click();
  return Boolean(line);
}
"""
_TOP = """
(selector) => {
  const first = document.querySelector(selector);
  if (first) first.scrollIntoView({block: "start", behavior: "instant"});
  return Boolean(first);
}
"""
_WITHIN = 60.0


async def take(address: str) -> dict[str, bytes]:
    """Run the demo, look at it as Dana does, and have what she sees, by the name of its file.

    Args:
        address: of a browser.
    """
    with tempfile.TemporaryDirectory() as kept:
        async with trying(Path(kept)) as trial, browser.opened(address) as page:
            await page.open(trial.address)
            await page.look(width=960, height=2200)
            await page.click(_CHANNEL)
            return {"alert.png": await _alert(page), "page.png": await _whole(page)}


async def _alert(page: Page) -> bytes:
    """The message alone."""
    return await _shot(page, clip=await page.wait_for(_BOX, _ALERT, _CAUSE, within=_WITHIN))


async def _whole(page: Page) -> bytes:
    """The channel, and the evidence in the thread beside it."""
    await page.look(width=1280, height=860)
    await page.wait_for(_THREAD, _ALERT, _CAUSE, within=_WITHIN)
    await page.see("What the node says", "#thread")
    await page.wait_for(_TOP, "#thread .replies")
    await page.wait_for(_BOX, _ALERT, _CAUSE)
    return await _shot(page)


async def _shot(page: Page, **part: Any) -> bytes:
    return base64.b64decode((await page.ask("Page.captureScreenshot", format="png", **part))["data"])


def main(folder: Path) -> None:
    """Write them."""
    logs.set_up(machine=False, quiet=True)
    program = browser.binary()
    if program is None:
        raise SystemExit("there is no Chromium")
    with tempfile.TemporaryDirectory() as profile, browser.running(program, Path(profile)) as address:
        pictures = asyncio.run(take(address))
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / name).write_bytes(picture)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
