"""What Slack would refuse, where tests look for it; it is the simulated workspace's."""

from bot.demo.workspace.validation.limits import check
from bot.demo.workspace.validation.rules import ALL_BLOCKS


__all__ = ["ALL_BLOCKS", "check"]
