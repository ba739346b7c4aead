"""Notices go into a store as text and come back as they were, or not at all."""

import json
from dataclasses import replace

from bot.carriers.scribe import NoticeScribe
from bot.facts.notice import Notice
from tests.fakes.cluster import NOW


NOTICE = Notice("k7q2mzr4ta", NOW, NOW, news="a \u202e and half a \ud83d", returns=2)


def test_notice_comes_back() -> None:
    """But for half characters, which no database takes."""
    scribe = NoticeScribe()
    found = scribe.notice(scribe.message(NOTICE))
    assert found == replace(NOTICE, news="a \u202e and half a ?")


def test_what_cannot_be_read_is_none() -> None:
    """Another version wrote it, or nobody did."""
    scribe = NoticeScribe()
    newer = json.dumps(json.loads(scribe.message(replace(NOTICE, news=""))) | {"version": 2})
    assert [scribe.notice(each) for each in ("", "{}", newer, "[" * 10_000)] == [None] * 4


def test_there_are_no_threads() -> None:
    """So nothing is said in one."""
    scribe = NoticeScribe()
    assert (scribe.evidence(NOTICE), scribe.change(None, NOTICE)) == ((), "")
