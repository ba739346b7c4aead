"""Cuts a stream into lines, whatever pieces it arrives in: chunks in -> whole lines out.

A line ends where it says so; what is left over at the end of a stream is half a line, and nobody's.
"""


class TooLong(Exception):
    """A line that is longer than anything an API server sends."""


class Lines:
    """The lines of one stream.

    Args:
        most: bytes of the longest line that is waited for.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._begun: list[bytes] = []
        self._length = 0

    def cut(self, chunk: bytes) -> list[bytes]:
        """The lines that end in this chunk; empty ones are nothing.

        Raises:
            TooLong: the stream cannot be followed any further.
        """
        first, *others = chunk.split(b"\n")
        self._length += len(first)
        if self._length > self._most:
            raise TooLong
        self._begun.append(first)
        if not others:
            return []
        whole = b"".join(self._begun)
        *between, rest = others
        # Lines in between are no longer than their chunk, which is in memory already.
        self._begun, self._length = [rest], len(rest)
        return [line for line in (whole, *between) if line]
