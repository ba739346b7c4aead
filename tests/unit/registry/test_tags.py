"""A list of tags is read page by page, only where it belongs, and never without end."""

import json

import pytest

from bot.facts.image import parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Testimony
from bot.registry.tags import list_tags
from bot.registry.wire import MOST_TAGS, Failed, Reply
from tests.fakes.asking import FakeAsker, Given


IMAGE = parse("registry.example/shop/web:1.5")
PATH = "/v2/shop/web/tags/list"
FIRST = f"GET {PATH}"


def page(*tags: object, link: str = "", **more: object) -> Reply:
    """One page of the list."""
    headers = {"link": link} if link else {}
    body = {"name": "shop/web", "tags": list(tags), **more}
    return Reply(200, headers, json.dumps(body).encode())


async def listed(answers: dict[str, Given], image: str = IMAGE.spelled) -> tuple[Testimony, FakeAsker]:
    """What is read, and from whom."""
    asker = FakeAsker(answers)
    testimony = await list_tags(asker, parse(image), ANONYMOUS)
    assert isinstance(testimony, Testimony)
    return testimony, asker


async def test_list_tags_asks_as_the_recordings_did() -> None:
    """Without a number of tags a page, and never for more than a megabyte."""
    testimony, asker = await listed({FIRST: page("1.5", "1.6", "1.5")})
    assert testimony.tags == ("1.5", "1.6")
    assert testimony.complete
    assert asker.asked == [FIRST]
    assert asker.questions[0].most == MOST_TAGS


@pytest.mark.parametrize(
    "link",
    [
        f'<{PATH}?last=1.5&n=1>; rel="next"',
        f"<{PATH}?last=1.5&n=1>; rel=next",
        f'<https://registry.example{PATH}?last=1.5&n=1>; rel="next"',
        f'<http://registry.example{PATH}?last=1.5&n=1>; rel="next"',
        f'<https://REGISTRY.example:443{PATH}?last=1.5&n=1>;rel="next"',
        '<?last=1.5&n=1>; rel="next"',
        f'<https://other.example/first>; rel="first", <{PATH}?last=1.5&n=1>; title="a"; rel="next"',
    ],
)
async def test_list_tags_follows_the_same_list(link: str) -> None:
    """Relative, absolute, or with the wrong scheme of a registry behind a proxy."""
    testimony, asker = await listed(
        {FIRST: page("1.5", link=link), f"{FIRST}?last=1.5&n=1": page("1.6", "1.5")}
    )
    assert testimony.tags == ("1.5", "1.6")
    assert testimony.complete
    assert len(asker.asked) == 2


@pytest.mark.attack("R2", "links")
@pytest.mark.parametrize(
    "target",
    [
        f"https://evil.example{PATH}?last=1",
        f"//evil.example{PATH}?last=1",
        f"https://registry.example:8443{PATH}?last=1",
        f"https://registry.example@evil.example{PATH}?last=1",
        f"https://user:password@registry.example{PATH}?last=1",
        "/v2/other/repository/tags/list?last=1",
        "/v2/shop/web/blobs/uploads/?last=1",
        "../../../../v2/other/tags/list",
        "/v2/shop/web/../../admin",
        "/v2/shop%2Fweb/tags/list?last=1",
        f"ftp://registry.example{PATH}",
        "https://[registry.example/",
        f"{PATH}?last=" + "x" * 9000,
        f"{PATH}?last=1\\@evil",
        f"{PATH}?last=é",
    ],
)
async def test_list_tags_goes_nowhere_else(target: str) -> None:
    """A link to another host, another repository or another endpoint ends the list, which is then incomplete."""
    testimony, asker = await listed({FIRST: page("1.5", link=f'<{target}>; rel="next"')})
    assert testimony.tags == ("1.5",)
    assert asker.asked == [FIRST]
    assert not testimony.complete


@pytest.mark.parametrize("link", ["nonsense", '<x>; rel="prev"', "<" * 10_000, '; rel="next"'])
async def test_list_tags_ends_without_a_link_to_the_next_page(link: str) -> None:
    """Where no next page is named, that was all."""
    testimony, asker = await listed({FIRST: page("1.5", link=link)})
    assert testimony.complete
    assert asker.asked == [FIRST]


async def test_list_tags_sees_a_loop() -> None:
    """Pages that lead to each other are read once."""
    back = f'<{PATH}?last=b>; rel="next"'
    testimony, asker = await listed({FIRST: page("a", link=back), f"{FIRST}?last=b": page("b", link=back)})
    assert testimony.tags == ("a", "b")
    assert not testimony.complete
    assert len(asker.asked) == 2


async def test_list_tags_reads_ten_pages() -> None:
    """A list that goes on for ever is read for a while."""
    answers: dict[str, Given] = {FIRST: page("0", link=f'<{PATH}?last=0>; rel="next"')}
    for number in range(20):
        link = f'<{PATH}?last={number + 1}>; rel="next"'
        answers[f"{FIRST}?last={number}"] = page(str(number + 1), link=link)
    testimony, asker = await listed(answers)
    assert len(asker.asked) == 10
    assert len(testimony.tags) == 10
    assert not testimony.complete


async def test_list_tags_reads_ten_pages_to_their_end() -> None:
    """A list of exactly ten pages is complete."""
    answers: dict[str, Given] = {FIRST: page("0", link=f'<{PATH}?last=0>; rel="next"')}
    for number in range(9):
        link = f'<{PATH}?last={number + 1}>; rel="next"' if number < 8 else ""
        answers[f"{FIRST}?last={number}"] = page(str(number + 1), link=link)
    testimony, asker = await listed(answers)
    assert len(asker.asked) == 10
    assert testimony.complete


async def test_list_tags_keeps_twenty_thousand() -> None:
    """More are not worth keeping, and the list says that it was cut."""
    testimony, _ = await listed({FIRST: page(*(f"t{number}" for number in range(25_000)))})
    assert len(testimony.tags) == 20_000
    assert not testimony.complete


async def test_list_tags_reads_a_huge_list_in_pages() -> None:
    """Where all at once is too much, a part is asked for."""
    testimony, asker = await listed({FIRST: Failed(Fault.TOO_LARGE), f"{FIRST}?n=1000": page("1.5")})
    assert testimony.tags == ("1.5",)
    assert asker.asked == [FIRST, f"{FIRST}?n=1000"]


@pytest.mark.parametrize("body", ['{"name":"shop/web","tags":null}', '{"name":"shop/web"}', '{"tags":[]}'])
async def test_list_tags_takes_null_for_none(body: str) -> None:
    """A repository whose last tag was deleted says null."""
    testimony, _ = await listed({FIRST: Reply(200, {}, body.encode())})
    assert testimony.told.is_ok
    assert testimony.tags == ()
    assert testimony.complete


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"tags":"x"}', '{"tags":{}}', "[" * 100_000])
async def test_list_tags_knows_what_is_no_list(body: str) -> None:
    """A page of HTML that says 200 is garbled, not an empty repository."""
    testimony, _ = await listed({FIRST: Reply(200, {}, body.encode())})
    assert testimony.told.fault is Fault.GARBLED
    assert testimony.tags == ()


async def test_list_tags_drops_what_is_no_tag() -> None:
    """Names that no image could have are dropped."""
    testimony, _ = await listed(
        {FIRST: page("1.5", "", "a b", "x" * 129, 7, None, ["a"], "<!channel>", "-a", "ü")}
    )
    assert testimony.tags == ("1.5",)


@pytest.mark.parametrize(
    "second", [Reply(500), Reply(200, {}, b"<html>"), Failed(Fault.DROPPED), Unread("a", "b")]
)
async def test_list_tags_keeps_what_was_read_before_a_page_failed(second: Given) -> None:
    """The first page's tags are there whatever becomes of the second."""
    link = f'<{PATH}?last=1>; rel="next"'
    testimony, _ = await listed({FIRST: page("1", link=link), f"{FIRST}?last=1": second})
    assert testimony.tags == ("1",)
    assert testimony.told.is_ok
    assert not testimony.complete


async def test_list_tags_tells_how_it_was_refused() -> None:
    """An error is told with its code."""
    body = b'{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}'
    testimony, asker = await listed({FIRST: Reply(404, {"link": f'<{PATH}?n=1>; rel="next"'}, body)})
    assert (testimony.told.status, testimony.told.code) == (404, "NAME_UNKNOWN")
    assert asker.asked == [FIRST]


async def test_list_tags_passes_on_what_may_not_be_asked() -> None:
    """An Unread stays one, with its remedy; so does that of a fault."""
    unread = Unread("registry registry.example", "not asked", "--allow-registry registry.example")
    assert await list_tags(FakeAsker({FIRST: unread}), IMAGE, ANONYMOUS) is unread
    testimony, _ = await listed({FIRST: Failed(Fault.UNSAFE_ADDRESS, remedy="addresses")})
    assert (testimony.told.fault, testimony.remedy) == (Fault.UNSAFE_ADDRESS, "addresses")


async def test_list_tags_of_docker_hub_come_from_its_own_host() -> None:
    """docker.io is served elsewhere, and a link to there is its own."""
    start = "GET /v2/library/nginx/tags/list"
    link = '<https://registry-1.docker.io/v2/library/nginx/tags/list?last=1>; rel="next"'
    testimony, _ = await listed({start: page("1", link=link), f"{start}?last=1": page("2")}, "nginx")
    assert testimony.tags == ("1", "2")


async def test_list_tags_reads_no_more_than_it_keeps() -> None:
    """A list of far too many names, or of too much that is no name, holds nobody up."""
    many = json.dumps({"tags": [f"{number:x}" for number in range(90_000)]}).encode()
    testimony, _ = await listed({FIRST: Reply(200, {}, many)})
    assert len(testimony.tags) == 20_000
    assert not testimony.complete
    odd = json.dumps({"tags": ["!"] * 1_001 + ["1.0"]}).encode()
    testimony, _ = await listed({FIRST: Reply(200, {}, odd)})
    assert testimony.told.fault is Fault.GARBLED


async def test_list_tags_leaves_out_what_repeats_a_secret() -> None:
    """And says that the list is not whole."""
    asker = FakeAsker({FIRST: page("1.5", "1.5-canary")}, repeats=lambda text: "canary" in text)
    testimony = await list_tags(asker, IMAGE, ANONYMOUS)
    assert isinstance(testimony, Testimony)
    assert (testimony.tags, testimony.complete) == (("1.5",), False)
