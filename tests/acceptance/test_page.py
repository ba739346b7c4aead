"""The demo's page in a real browser: what was posted in, what a reader sees of it out; and nothing else happens."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import slack
from tests.fakes import browser, page_server
from tests.fakes.browser import Page
from tests.fakes.page_server import PageServer


GALLERY = page_server.gallery(Path(__file__).parent / "page" / "gallery.json")
# What a reader sees of the last message, and of what it is made; a break is a line's end as a reader sees it.
_LAST = """
(selectors) => {
  const last = [...document.querySelectorAll("#conversation .message")].at(-1);
  const text = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll("br").forEach((each) => each.replaceWith("\\n"));
    return copy.textContent;
  };
  return {
    said: last.innerText,
    links: [...last.querySelectorAll(".said a[target]")].map((each) => [each.href, each.rel]),
    html: selectors.map((each) => [...last.querySelectorAll(`.said ${each}`)].map(text)),
  };
}
"""


@pytest.fixture
async def server() -> AsyncIterator[PageServer]:
    """A stage for the page."""
    async with page_server.serving() as stage:
        yield stage


@pytest.fixture
async def page(chromium: str, server: PageServer) -> AsyncIterator[Page]:
    """The page, opened; whatever a test does, the console stays silent and nobody outside is asked."""
    async with browser.opened(chromium) as tab:
        await tab.open(server.url)
        await tab.there(".channel")
        yield tab
        assert tab.errors == []
        # The browser's own controls draw their signs from data: nobody is asked for those.
        asked = {urlsplit(each).netloc for each in tab.requested if not each.startswith("data:")}
        assert asked == {urlsplit(server.url).netloc}


async def _posted(server: PageServer, page: Page, **posted: Any) -> None:
    message = await server.post(**posted)
    await page.there(f'.message[data-ts="{message["ts"]}"]')


def _differing(case: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    html = case.get("html", {})
    found = [f"does not say {text!r}" for text in case["see"] if text not in shown["said"]]
    found += [f"says {text!r}" for text in case.get("unseen", []) if text in shown["said"]]
    found += [
        f"{selector}: {there!r}"
        for (selector, wanted), there in zip(html.items(), shown["html"], strict=True)
        if there != wanted
    ]
    if [href for href, _ in shown["links"]] != case.get("links", []):
        found.append(f"links {shown['links']}")
    found += [f"{href} tells of us" for href, rel in shown["links"] if "noopener noreferrer" not in rel]
    return [f"{case['name']} {each} in {shown['said']!r}" for each in found]


async def test_block_kit_is_drawn_from_what_was_posted(server: PageServer, page: Page) -> None:
    """Every block, element and piece of markup, by what a reader sees and what it is made of."""
    differing = []
    for case in GALLERY:
        await _posted(server, page, **case["post"])
        shown = await page.evaluate(_LAST, list(case.get("html", {})))
        differing += _differing(case, shown)
    assert differing == []


@pytest.mark.parametrize("theme", ["light", "dark", "phone"])
async def test_the_gallery_is_worth_looking_at(
    server: PageServer, page: Page, pictures: Path, theme: str
) -> None:
    """Pictures of everything, for whoever changes the looks."""
    for case in GALLERY:
        await server.post(**case["post"])
    await page.look(
        width=390 if theme == "phone" else 1280,
        height=6000 if theme == "phone" else 3600,
        dark=theme == "dark",
        phone=theme == "phone",
    )
    await page.there(f'.message[data-ts="{server.state["messages"][page_server.GENERAL][-1]["ts"]}"]')
    await page.screenshot(pictures / f"gallery-{theme}.png")
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def _hostile(text: str) -> list[dict[str, Any]]:
    """Blocks in which every string that somebody else writes is this one."""
    plain, marked = {"type": "plain_text", "text": text}, {"type": "mrkdwn", "text": text}
    option = {"text": plain, "value": text, "description": plain}
    run = {"type": "text", "text": text}
    link = {"type": "link", "url": text, "text": text}
    every = [run, link, {"type": "emoji", "name": text}, {"type": "user", "user_id": text}]
    every += [{"type": "date", "timestamp": text, "format": text, "fallback": text, "url": text}]
    every += [{"type": "color", "value": text}, {"type": text}, {"type": "broadcast", "range": text}]
    choice = {"type": "radio_buttons", "action_id": "r", "options": [option]}
    return [
        {"type": "header", "text": plain},
        {"type": "section", "text": marked, "fields": [marked, plain], "accessory": choice},
        {"type": "context", "elements": [marked, {"type": "image", "image_url": text, "alt_text": text}]},
        {"type": "image", "image_url": text, "alt_text": text, "title": plain},
        {"type": "actions", "elements": [{"type": "button", "text": plain, "value": text, "url": text}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": every}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [run]}]},
        {"type": "markdown", "text": text},
        {"type": "table", "rows": [[{"type": "raw_text", "text": text}]]},
        {"type": "video", "title": plain, "video_url": text, "alt_text": text, "thumbnail_url": text},
        {"type": text, "text": text},
        {"type": "section", "block_id": text, "text": marked},
    ]


SCRIPTS = (
    "<img src=x onerror=window.hit=1>",
    "<script>window.hit=1</script>",
    "<svg onload=window.hit=1>",
    '"><iframe src=https://evil.example onload=window.hit=1>',
    "<javascript:window.hit=1|here>",
    "<JaVaScRiPt:window.hit=1>",
    "[x](javascript:window.hit=1) ![x](https://evil.example/x.png) <https://evil.example/y>",
    "<data:text/html,<script>parent.hit=1</script>|x>",
    '<https://evil.example/" onmouseover=window.hit=1|x>',
    "{{constructor.constructor('window.hit=1')()}}",
    "__proto__",
    "constructor",
    "<style>body{display:none}</style>",
    "url(https://evil.example/x)",
    "*_~`" * 2000,
    "*a " * 3000,
    "<" * 9000,
    "> " * 3000,
    "```" * 3001,
    "**a" * 3000,
    "[" * 9000,
    "a|" * 3000,
)


async def test_hostile_strings_do_nothing(server: PageServer, page: Page) -> None:
    """In any place: no script runs, no element that loads or runs arises, nobody is asked, and the page stays quick."""
    for text in (*SCRIPTS, *slack.HOSTILE):
        sent = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        message = await server.post(text=sent, blocks=_hostile(sent))
        await page.there(f'.message[data-ts="{message["ts"]}"]')
        await _posted(server, page, text=sent, files=[{"id": sent, "name": sent, "title": sent, "url": sent}])
    loading = "script:not([src='/page/main.js']), img, iframe, object, embed, audio, video, form, style, [style*=url], [onload], [onerror]"
    assert await page.evaluate("(selector) => document.querySelectorAll(selector).length", loading) == 0
    hrefs = await page.evaluate("[...document.querySelectorAll('a')].map((each) => each.protocol)")
    assert set(hrefs) <= {"http:", "https:", "mailto:"}
    assert await page.evaluate("window.hit === undefined && ({}).polluted === undefined")


@pytest.mark.parametrize("text", [text for text in SCRIPTS if len(text) > 5_000])
async def test_no_text_is_slow_to_read(server: PageServer, page: Page, text: str) -> None:
    """Nothing that fits into a message keeps a reader waiting."""
    await _posted(server, page, text=text, blocks=[{"type": "markdown", "text": text[:12_000]}])
    taken = await page.evaluate(
        """async (text) => {
          const {mrkdwn} = await import("/page/mrkdwn.js");
          const began = performance.now();
          mrkdwn(text.repeat(4).slice(0, 40_000));
          return performance.now() - began;
        }""",
        text,
    )
    assert taken < 1_500


async def test_the_policy_of_the_page_stands_in_it(page: Page) -> None:
    """No text can become markup here even by mistake: the browser refuses it."""
    refused = await page.evaluate(
        "(() => { try { document.body.innerHTML = '<b>x</b>'; return false } catch { return true } })()"
    )
    assert refused
    page.errors.clear()  # that refusal is told


async def test_nothing_of_the_page_is_of_elsewhere() -> None:
    """No address, no inline style or script, and no door from text to markup in any of its files."""
    for path in page_server.PAGE.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not [
            each
            for each in (
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "eval(",
                "new Function",
                "@import",
                "url(",
            )
            if each in text
        ], path.name
        if path.suffix == ".js":
            assert text.startswith("// "), path.name
            assert len(text.splitlines()) <= 300, path.name
        if path.suffix == ".html":
            assert " style=" not in text
            assert "<script>" not in text


def test_the_gallery_shows_every_block() -> None:
    """Whatever a bot may send stands in it."""
    told = json.dumps(GALLERY)
    blocks = "section header divider context actions image input rich_text markdown table video file call"
    elements = (
        "button overflow static_select external_select users_select conversations_select channels_select "
        "multi_static_select multi_external_select multi_users_select radio_buttons checkboxes datepicker timepicker "
        "datetimepicker plain_text_input number_input url_text_input email_text_input rich_text_input file_input"
    )
    for kind in (*blocks.split(), *elements.split()):
        assert f'"type": "{kind}"' in told, kind
