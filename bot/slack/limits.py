"""How long anything may be in Slack: a text or blocks in, whether they fit out.

https://docs.slack.dev/reference/block-kit; lengths are UTF-16 code units, as Slack's own clients count them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any


Block = Mapping[str, Any]

BLOCKS = 50
HEADER = 150
FIELD = 2_000
# Of the fallback text 4,000 are recommended; a notification shows far less.
NOTIFICATION = 1_000
# Slack names no limit for all blocks together and refuses about 13,200 characters
# (https://github.com/slackapi/bolt-js/issues/2509); this leaves some room.
ALL = 12_500


def length(text: str) -> int:
    """Characters as Slack counts them: those beyond the first plane are two."""
    return len(text) + sum(character > "\uffff" for character in text)


def size(blocks: Sequence[Block]) -> int:
    """Characters of the blocks as they are sent."""
    return length(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def fits(blocks: Sequence[Block], spare: int = 0) -> bool:
    """Whether one message can hold them.

    Args:
        blocks: all of them.
        spare: characters that must stay free.
    """
    return len(blocks) <= BLOCKS and size(blocks) <= ALL - spare
