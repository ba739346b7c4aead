"""``imagepull demo``: nothing in, a workspace in the browser with the bot at work out, until it is ended.

The cluster, its registries and the workspace are simulated and on this machine alone; the bot is the real one.
"""

import asyncio
import contextlib
import os
import shlex
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Mapping
from pathlib import Path

from bot.cli import logs
from bot.errors import UsageError
from bot.wiring.trying import Trial, trying


def run(port: int = 0, *, browser: bool = True, verbose: bool = False) -> int:
    """Run until Ctrl-C or SIGTERM.

    Raises:
        UsageError: nothing can listen there.
    """
    logs.set_up(machine=False, quiet=not verbose)
    with tempfile.TemporaryDirectory(prefix="imagepull-demo-") as folder:
        asyncio.run(_run(Path(folder), port, browser=browser))
    return 0


async def _run(folder: Path, port: int, *, browser: bool) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    sys.stdout.write("A cluster, its registries and a workspace are made; a few seconds …\n")
    sys.stdout.flush()
    try:
        async with trying(folder, port) as trial:
            _tell(trial, folder)
            if browser and _has_display(os.environ):
                await asyncio.to_thread(_open, trial.address)
            await ended.wait()
    except OSError as error:
        raise UsageError(
            f"nothing can listen on port {port}: {error.strerror}",
            "leave --port out, and a free one is found",
        ) from None
    sys.stdout.write("\nThe demo is over; nothing of it is left.\n")


def _tell(trial: Trial, folder: Path) -> None:
    sweep = shlex.join(["imagepull", "sweep", "--kubeconfig", str(folder / "kubeconfig")])
    sys.stdout.write(
        f"""
The workspace, with the bot in it:

  {trial.address}

Be Dana (a developer), Sam (an SRE), or Lee (who may see nothing), and try:

  /imagepull why web      in #shop-oncall
  /imagepull              a form: cluster, then a pod
  /imagepull list         what is open
  @imagepull help         in a thread, too

The same cluster from another terminal: {sweep}
Ctrl-C ends it all.
"""
    )
    sys.stdout.flush()


def _has_display(environment: Mapping[str, str]) -> bool:
    """Whether a browser would be seen by anybody: over SSH one in the terminal would get in the way."""
    if sys.platform in ("darwin", "win32"):
        return not environment.get("SSH_CONNECTION")
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _open(address: str) -> None:
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address)
