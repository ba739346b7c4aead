"""Which of an image's platforms a node takes, as its runtime would choose: what is offered and a node's platform in -> the best offer out.

containerd's rules, which the kubelet's pulls follow because its CRI plugin matches with ``platforms.Default()``:
https://github.com/containerd/platforms/blob/main/compare.go (Only, platformVector) and
https://github.com/containerd/containerd/blob/main/plugins/cri/images/plugin.go. CRI-O takes fewer (no 386 on
amd64, no 32-bit arm on arm64) and spells less kindly:
https://github.com/containers/image/blob/main/internal/pkg/platform/platform_matcher.go. Where the two differ, what
one of them takes counts as offered: the absence of a platform must not be claimed of a node that may well have it.
"""

import re
from collections.abc import Sequence

from bot.facts.image import Platform


# https://github.com/containerd/platforms/blob/main/database.go (normalizeArch): other spelling -> architecture
_SPELLINGS = {
    "i386": ("386", ""),
    "x86_64": ("amd64", None),
    "x86-64": ("amd64", None),
    "aarch64": ("arm64", None),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
# The variants that go without saying.
_PLAIN = {"amd64": ("v1",), "arm64": ("8", "v8", "v8.0")}
_NUMBERED = re.compile(r"v(\d{1,2})(?:\.(\d))?")
_OLDEST_ARM = 5
# arm64 v9.0 grew out of v8.5, so v9.x runs whatever is made for v8.(x+5).
_V9_IS_V8_PLUS = 5


def normalised(platform: Platform) -> Platform:
    """One spelling for every way to write a platform: ``Linux/aarch64/v8`` is ``linux/arm64``."""
    architecture, variant = platform.architecture.lower(), platform.variant.lower()
    if architecture in _SPELLINGS:
        architecture, implied = _SPELLINGS[architecture]
        variant = variant if implied is None else implied
    if variant in _PLAIN.get(architecture, ()):
        variant = ""
    if architecture == "arm":
        variant = f"v{variant or 7}" if variant in ("", "5", "6", "7", "8") else variant
    if architecture == "arm64" and variant == "v9.0":
        variant = "v9"
    system = platform.os.lower()
    return Platform("darwin" if system == "macos" else system, architecture, variant)


def taken_by(node: Platform) -> tuple[Platform, ...]:
    """The platforms whose images a node takes, the best first.

    Args:
        node: as Kubernetes tells it, which leaves the variant out: an arm node may then be any of v5 to v8.
    """
    exact = normalised(node)
    further = {"amd64": _below_amd64, "arm": _below_arm, "arm64": _below_arm64}.get(exact.architecture)
    pairs = [(exact.architecture, exact.variant), *(further(exact.variant) if further else ())]
    if node.architecture.lower() == "arm" and not node.variant:
        pairs.append(("arm", "v8"))
    wanted = (normalised(Platform(exact.os, architecture, variant)) for architecture, variant in pairs)
    return tuple(dict.fromkeys(wanted))


def offers(offered: Sequence[Platform], node: Platform) -> Platform | None:
    """The one of an index's platforms that a node takes; None when it takes none of them.

    Args:
        offered: as the index lists them. The first of equals wins; of an entry without an operating system,
            the node's is meant.
        node: what the image is to run on. A version of Windows is not looked at.
    """
    system = normalised(node).os
    by_platform: dict[Platform, Platform] = {}
    for each in offered:
        meant = each if each.os else Platform(system, each.architecture, each.variant)
        by_platform.setdefault(normalised(meant), each)
    return next((by_platform[wanted] for wanted in taken_by(node) if wanted in by_platform), None)


def _below_amd64(variant: str) -> list[tuple[str, str]]:
    major, _ = _numbers(variant)
    return [*(("amd64", f"v{older}") for older in range(major - 1, 0, -1)), ("386", "")]


def _below_arm(variant: str) -> list[tuple[str, str]]:
    major, _ = _numbers(variant)
    return [("arm", f"v{older}") for older in range(major - 1, _OLDEST_ARM - 1, -1)]


def _below_arm64(variant: str) -> list[tuple[str, str]]:
    major, minor = _numbers(variant or "v8")
    pairs: list[tuple[str, str]] = []
    if major == 9:
        pairs = [("arm64", f"v9.{older}") for older in range(minor - 1, -1, -1)]
        minor += _V9_IS_V8_PLUS
        pairs.append(("arm64", f"v8.{minor}"))
    if major in (8, 9):
        pairs += [("arm64", f"v8.{older}") for older in range(minor - 1, -1, -1)]
        return [*pairs, ("arm", "v8"), *_below_arm("v8")]
    return [*pairs, ("arm", variant), *_below_arm(variant)]


def _numbers(variant: str) -> tuple[int, int]:
    found = _NUMBERED.fullmatch(variant)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)
