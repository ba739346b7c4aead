"""What a person asked of ``why``, as a transcript keeps it: words typed in -> the same words for whoever asks again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One call of ``why``.

    Attributes:
        targets: the words after it.
        namespaces: from ``-n``.
        namespace: where words without a namespace were looked for; "" for everywhere.
        everywhere: ``-A``.
        selector: from ``-l``.
        stalled_after: how long a pull may be silent, as people write it, however that was decided.
    """

    targets: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    namespace: str = ""
    everywhere: bool = False
    selector: str = ""
    stalled_after: str = "10m"
