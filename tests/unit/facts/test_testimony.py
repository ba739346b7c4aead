"""What a registry said: who asked, whether it was an answer at all, and how recordings name it."""

from dataclasses import replace

import pytest

from bot.facts.testimony import ANONYMOUS, SILENT, Fault, Identity, Step, Told


TOLD = Told(ANONYMOUS, Step.MANIFEST, "registry.example", status=200)


def test_identity_is_named_as_transcripts_name_it() -> None:
    """The Secret's place, and nothing of what is in it."""
    assert str(ANONYMOUS) == "anonymous"
    assert str(Identity("shop", "regcred", "registry.example", "f1")) == "secret:shop/regcred"
    assert ANONYMOUS.is_anonymous
    assert not Identity("shop", "regcred").is_anonymous


@pytest.mark.parametrize(
    ("changes", "ok"),
    [
        ({}, True),
        ({"status": 206}, True),
        ({"status": 307}, False),
        ({"status": 404}, False),
        ({"status": 0}, False),
        ({"fault": Fault.GARBLED}, False),
    ],
)
def test_told_is_ok_only_with_what_was_asked_for(changes: dict[str, object], ok: bool) -> None:
    """A good status whose body could not be read is no answer."""
    assert replace(TOLD, **changes).is_ok is ok  # type: ignore[arg-type]  # the test's own fields


def test_silent_faults_are_those_that_tell_nothing_of_the_registry() -> None:
    """What we would not ask, could not pay for or have not recorded says nothing; a refused connection does."""
    assert Fault.NOT_RECORDED in SILENT
    assert Fault.UNSAFE_ADDRESS in SILENT
    assert Fault.CONNECT_REFUSED not in SILENT
    assert Fault.GARBLED not in SILENT
