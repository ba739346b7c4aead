"""The actions by the ids that playbooks name them with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.remediation.actions.ask_node import AskNode
from bot.remediation.actions.attach_pull_secret import AttachPullSecret
from bot.remediation.actions.by_itself import Manual, Wait
from bot.remediation.actions.copy_pull_secret import CopyPullSecret
from bot.remediation.actions.cordon_node import CordonNode
from bot.remediation.actions.detach_pull_secret import DetachPullSecret
from bot.remediation.actions.pin_architecture import PinArchitecture
from bot.remediation.actions.recreate_pod import RecreatePod
from bot.remediation.actions.retry_now import RetryNow
from bot.remediation.actions.roll_back import RollBack
from bot.remediation.actions.set_image import SetImage
from bot.remediation.actions.suspend import Suspend
from bot.remediation.actions.use_mirror import UseMirror
from bot.remediation.actions.watch_and_tell import WatchAndTell
from bot.remediation.drafting import Action


_ALL: Final[tuple[Action, ...]] = (
    AskNode(),
    AttachPullSecret(),
    CopyPullSecret(),
    CordonNode(),
    DetachPullSecret(),
    Manual(),
    PinArchitecture(),
    RecreatePod(),
    RetryNow(),
    RollBack(),
    SetImage(),
    Suspend(),
    UseMirror(),
    Wait(),
    WatchAndTell(),
)
ACTIONS: Final[Mapping[str, Action]] = MappingProxyType({each.id: each for each in _ALL})
