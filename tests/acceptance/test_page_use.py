"""The demo's page used as people use it, with the pointer and with keys: what the workspace is told of it, and what stays."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.fakes import browser, page_server
from tests.fakes.browser import Page
from tests.fakes.page_server import APPROVER, BOT, DEVELOPER, DIRECT, GENERAL, PRIVATE, PageServer


Block = dict[str, Any]
BOX = 'textarea[aria-label="Message #alerts"]'
LIST = "#conversation .timeline"


@pytest.fixture
async def server() -> AsyncIterator[PageServer]:
    """A stage for the page."""
    async with page_server.serving() as stage:
        yield stage


@pytest.fixture
async def page(chromium: str, server: PageServer) -> AsyncIterator[Page]:
    """The page, opened; the console stays silent but where a test says why, and nobody outside is asked."""
    async with browser.opened(chromium) as tab:
        await tab.open(server.url)
        await tab.there(".channel")
        yield tab
        assert tab.errors == []
        asked = {urlsplit(each).netloc for each in tab.requested if not each.startswith("data:")}
        assert asked == {urlsplit(server.url).netloc}


def plain(text: str) -> Block:
    """A plain text."""
    return {"type": "plain_text", "text": text}


def options(*texts: str) -> list[Block]:
    """Options, each with its text in capitals as value."""
    return [{"text": plain(each), "value": each.upper()} for each in texts]


def actions(*elements: Block) -> list[Block]:
    """A block of elements, named by their place."""
    named = [{"action_id": f"a{place}", **each} for place, each in enumerate(elements)]
    return [{"type": "actions", "block_id": "b", "elements": named}]


def labelled(name: str, element: Block, **more: Any) -> Block:
    """An input."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "element": {"action_id": "x", **element},
        **more,
    }


def view(*blocks: Block, **more: Any) -> Block:
    """A modal."""
    made = {
        "id": "V1",
        "type": "modal",
        "title": plain("A form"),
        "submit": plain("Send"),
        "blocks": [*blocks],
    }
    return {**made, **more}


async def acted(server: PageServer, kind: str, times: int = 1) -> Block:
    """The latest act of a kind, once there were so many."""
    for _ in range(500):
        found = [each for each in server.acts if each["do"] == kind]
        if len(found) >= times:
            return found[-1]
        await asyncio.sleep(0.01)
    raise AssertionError((kind, server.acts))


async def test_message_that_is_written_is_sent(server: PageServer, page: Page) -> None:
    """Enter sends, Shift and Enter begins a line, and nothing empty goes out."""
    await page.click(BOX)
    await page.press("Enter")
    await page.write("one")
    await page.press("Enter", shift=True)
    await page.write("two")
    await page.press("Enter")
    sent = await acted(server, "send")
    assert sent == {"user": DEVELOPER, "do": "send", "channel": GENERAL, "text": "one\ntwo"}
    assert await page.evaluate("document.querySelector('.composer-input').value") == ""
    await page.write("by the button")
    await page.click('#conversation button[aria-label="Send"]')
    assert (await acted(server, "send", 2))["text"] == "by the button"
    assert len(server.acts) == 2


async def test_what_was_refused_is_written_again(server: PageServer, page: Page) -> None:
    """The text comes back into the box, and why stands above it."""
    server.answers["send"] = (400, {"error": "Not today."})
    await page.fill(BOX, "please")
    await page.press("Enter")
    await page.see("Not today.", ".notices")
    assert await page.evaluate("document.querySelector('.composer-input').value") == "please"
    page.errors.clear()  # the browser tells of every 400


async def test_names_are_offered_while_they_are_typed(server: PageServer, page: Page) -> None:
    """Commands, people and channels; arrows, Tab and Escape."""
    await page.fill(BOX, "@a")
    await page.see("Amir Haddad · approver", ".hints")
    await page.press("Enter")
    await page.write("in #pay")
    await page.see("#payments-oncall", ".hints")
    await page.press("Tab")
    await page.press("Enter")
    assert (await acted(server, "send"))["text"] == "@amir in #payments-oncall"
    await page.write("/")
    await page.see("/imagepull why <workload> | list | help", ".hints")
    await page.press("Escape")
    await page.gone(".hints")
    await page.fill(BOX, "/imagepull list")
    assert await page.count(".hints") == 0
    await page.press("Enter")
    assert (await acted(server, "send", 2))["text"] == "/imagepull list"


async def test_button_tells_its_value_once(server: PageServer, page: Page) -> None:
    """With where it stands, and what is chosen beside it."""
    posted = await server.post(
        blocks=actions(
            {"type": "button", "text": plain("Go"), "value": "v"},
            {"type": "static_select", "options": options("one"), "initial_option": options("one")[0]},
        )
    )
    await page.click("button", "Go")
    assert await acted(server, "action") == {
        "user": DEVELOPER,
        "do": "action",
        "container": {"type": "message", "channel": GENERAL, "ts": posted["ts"]},
        "action": {"type": "button", "value": "v", "block_id": "b", "action_id": "a0"},
        "state": {"values": {"b": {"a1": {"type": "static_select", "selected_option": options("one")[0]}}}},
    }


async def test_button_asks_whether_one_is_sure(server: PageServer, page: Page, pictures: Path) -> None:
    """No sends nothing, Escape neither, yes sends."""
    sure = {
        "title": plain("Really?"),
        "text": plain("It *restarts*."),
        "confirm": plain("Do it"),
        "deny": plain("Leave it"),
    }
    await server.post(
        blocks=actions({"type": "button", "style": "danger", "text": plain("Go"), "confirm": sure})
    )
    await page.click("button", "Go")
    await page.see("It *restarts*.", "dialog")
    await page.screenshot(pictures / "confirm-light.png")
    await page.click("dialog button", "Leave it")
    await page.gone("dialog")
    await page.click("button", "Go")
    await page.there("dialog")
    await page.press("Escape")
    await page.gone("dialog")
    assert server.acts == []
    assert await page.evaluate("document.activeElement.innerText") == "Go"
    await page.press("Enter")
    await page.click("dialog button", "Do it")
    await acted(server, "action")
    await page.gone("dialog")


async def test_button_with_an_address_opens_it_and_tells(server: PageServer, page: Page) -> None:
    """In a tab that learns nothing of this one; an address that is none opens nothing."""
    await page.evaluate("window.opened = []; window.open = (...given) => { window.opened.push(given) }")
    for address in ("https://a.example/x", "javascript:alert(1)", "/page/state"):
        button = {"type": "button", "url": address, "text": plain(address)}
        posted = await server.post(blocks=actions(button))
        await page.click(f'.message[data-ts="{posted["ts"]}"] button.button')
    await acted(server, "action", 3)
    assert await page.evaluate("window.opened") == [["https://a.example/x", "_blank", "noopener,noreferrer"]]


async def test_choices_are_told_and_kept(server: PageServer, page: Page) -> None:
    """Radio buttons, checkboxes, date and time; they stay when the message is edited."""
    posted = await server.post(
        blocks=actions(
            {"type": "radio_buttons", "options": options("left", "right")},
            {"type": "checkboxes", "options": options("salt", "pepper")},
            {"type": "datepicker"},
            {"type": "timepicker", "initial_time": "09:00"},
            {"type": "overflow", "options": options("more", "less")},
        )
    )
    await page.click("label", "right")
    assert (await acted(server, "action"))["action"]["selected_option"]["value"] == "RIGHT"
    await page.click("label", "salt")
    await page.click("label", "pepper")
    chosen = (await acted(server, "action", 3))["action"]
    assert [each["value"] for each in chosen["selected_options"]] == ["SALT", "PEPPER"]
    await page.evaluate(
        "(value) => { const field = document.querySelector('input[type=date]'); field.value = value;"
        " field.dispatchEvent(new Event('change')) }",
        "2026-03-01",
    )
    told = await acted(server, "action", 4)
    assert told["action"] == {
        "type": "datepicker",
        "selected_date": "2026-03-01",
        "block_id": "b",
        "action_id": "a2",
    }
    assert told["state"]["values"]["b"]["a3"] == {"type": "timepicker", "selected_time": "09:00"}
    await page.click('button[aria-label="More actions"]')
    await page.press("ArrowDown")
    await page.press("Enter")
    assert (await acted(server, "action", 5))["action"]["selected_option"]["value"] == "LESS"
    await server.emit({"type": "changed", "message": {**posted, "edited": {"ts": "1"}}})
    await page.see("(edited)", LIST)
    assert await page.evaluate("[...document.querySelectorAll('input:checked')].length") == 3
    assert await page.evaluate("document.querySelector('input[type=date]').value") == "2026-03-01"


async def test_selects_are_searched_and_told(server: PageServer, page: Page) -> None:
    """One of groups, several at once when the list closes, people, channels; by keys alone."""
    groups = [
        {"label": plain("Fruit"), "options": options("apple", "pear")},
        {"label": plain("Tree"), "options": options("ash")},
    ]
    await server.post(
        blocks=actions(
            {"type": "static_select", "option_groups": groups, "placeholder": plain("Pick")},
            {
                "type": "multi_static_select",
                "options": options("x", "y", "z"),
                "placeholder": plain("Some"),
                "max_selected_items": 2,
            },
            {"type": "users_select", "placeholder": plain("Who")},
            {"type": "channels_select", "placeholder": plain("Where")},
            {
                "type": "conversations_select",
                "placeholder": plain("Any"),
                "default_to_current_conversation": True,
            },
        )
    )
    await page.click(".select", "Pick")
    await page.see("Tree", ".popover")
    await page.write("as")
    await page.gone(".option", "apple")
    await page.press("Enter")
    assert (await acted(server, "action"))["action"]["selected_option"]["value"] == "ASH"
    await page.click(".select", "Some")
    for name in ("x", "y", "z"):
        await page.click(".option", name)
    await page.see("No more than 2", ".popover")
    assert len(server.acts) == 1
    await page.press("Escape")
    chosen = (await acted(server, "action", 2))["action"]["selected_options"]
    assert [each["value"] for each in chosen] == ["X", "Y"]
    await page.click('button[aria-label="Remove x"]')
    assert len((await acted(server, "action", 3))["action"]["selected_options"]) == 1
    await page.click(".select", "Who")
    await page.write("approver")
    await page.gone(".option", "Dana Weber\ndeveloper")
    await page.press("Enter")
    assert (await acted(server, "action", 4))["action"]["selected_user"] == APPROVER
    await page.click(".select", "Where")
    assert await page.count(".option") == 1
    await page.press("Enter")
    assert (await acted(server, "action", 5))["action"]["selected_channel"] == GENERAL
    assert (await acted(server, "action", 5))["state"]["values"]["b"]["a4"][
        "selected_conversation"
    ] == GENERAL


async def test_options_of_the_app_are_asked_for(server: PageServer, page: Page) -> None:
    """Not before enough is typed; what it does not know is said."""
    server.answers["suggest"] = (200, {"options": options("web-1", "web-2")})
    posted = await server.post(blocks=actions({"type": "external_select", "min_query_length": 2}))
    await page.click(".select")
    await page.see("Type 2 letters or more", ".popover")
    await page.write("we")
    await page.there(".option", "web-2")
    assert await acted(server, "suggest") == {
        "user": DEVELOPER,
        "do": "suggest",
        "container": {"type": "message", "channel": GENERAL, "ts": posted["ts"]},
        "block_id": "b",
        "action_id": "a0",
        "value": "we",
    }
    server.answers["suggest"] = (200, {"options": []})
    await page.write("b")
    await page.see("No results", ".popover")
    server.answers["suggest"] = (200, {"options": options("web-1")})
    await page.write("-")
    await page.press("Escape")
    await page.gone(".popover")
    assert [each["do"] for each in server.acts if each["do"] == "action"] == []


async def test_form_is_looked_at_before_it_is_sent(server: PageServer, page: Page) -> None:
    """What is missing is said at its place; then the app has its say; then it is gone."""
    shown = view(
        labelled("Name", {"type": "plain_text_input", "min_length": 3}),
        labelled("Age", {"type": "number_input", "is_decimal_allowed": False}, optional=True),
        labelled("Mail", {"type": "email_text_input"}, optional=True),
        labelled("Kind", {"type": "static_select", "options": options("one", "two")}),
    )
    await server.emit({"type": "modal", "modals": [shown]})
    await page.there("dialog")
    assert await page.evaluate("document.activeElement.getAttribute('aria-label')") == "Name"
    await page.click("dialog .submit")
    await page.see("Please complete this required field.", "dialog")
    await page.fill('[aria-label="Name"]', "ab")
    await page.fill('[aria-label="Age"]', "old")
    await page.fill('[aria-label="Mail"]', "nowhere")
    await page.click("dialog .select")
    await page.click(".option", "two")
    await page.click("dialog .submit")
    for said in ("at least 3 characters", "a whole number", "a valid email address"):
        await page.see(said, "dialog")
    assert server.acts == []
    for name, text in (("Name", "Ada"), ("Age", "36"), ("Mail", "ada@a.example")):
        await page.fill(f'[aria-label="{name}"]', text)
    server.answers["submit"] = (200, {"errors": {"Name": "Taken already"}})
    await page.press("Enter")
    await page.see("Taken already", "dialog")
    sent = await acted(server, "submit")
    assert sent["view_id"] == "V1"
    assert sent["state"]["values"]["Name"] == {"x": {"type": "plain_text_input", "value": "Ada"}}
    assert sent["state"]["values"]["Kind"]["x"]["selected_option"]["value"] == "TWO"
    server.answers["submit"] = (400, {"error": "We had some trouble connecting. Try again?"})
    await page.click("dialog .submit")
    await page.see("trouble connecting", "dialog")
    page.errors.clear()  # the browser tells of every 400
    del server.answers["submit"]
    await page.click("dialog .submit")
    await acted(server, "submit", 3)
    await server.emit({"type": "modal", "modals": []})
    await page.gone("dialog")


async def test_form_that_is_updated_keeps_what_was_typed(server: PageServer, page: Page) -> None:
    """And where the cursor stands; another on top of it gives it back; Escape closes it."""
    first = view(labelled("Name", {"type": "plain_text_input"}))
    await server.emit({"type": "modal", "modals": [first]})
    await page.fill('[aria-label="Name"]', "half a na")
    more = view(labelled("Name", {"type": "plain_text_input"}), {"type": "divider"}, title=plain("Updated"))
    await server.emit({"type": "modal", "modals": [more]})
    await page.see("Updated", "dialog h2")
    await page.write("me")
    assert await page.evaluate("document.querySelector('dialog input').value") == "half a name"
    pushed = view(
        labelled("Other", {"type": "plain_text_input", "initial_value": "begun"}), id="V2", submit=None
    )
    await server.emit({"type": "modal", "modals": [more, pushed]})
    await page.there('[aria-label="Other"]')
    assert await page.evaluate("document.querySelector('dialog input').value") == "begun"
    await page.press("Escape")
    assert (await acted(server, "close"))["view_id"] == "V2"
    await server.emit({"type": "modal", "modals": [more]})
    await page.there('[aria-label="Name"]')
    assert await page.evaluate("document.querySelector('dialog input').value") == "half a name"
    await page.click('dialog button[aria-label="Close"]')
    assert (await acted(server, "close", 2))["view_id"] == "V1"


async def test_what_is_behind_a_form_cannot_be_reached(server: PageServer, page: Page) -> None:
    """Tab stays inside; afterwards the focus is where it was."""
    await page.click(BOX)
    await server.emit({"type": "modal", "modals": [view(labelled("Name", {"type": "plain_text_input"}))]})
    await page.there("dialog")
    for _ in range(8):
        await page.press("Tab")
        inside = "document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)"
        assert await page.evaluate(inside)
    await server.emit({"type": "modal", "modals": []})
    await page.gone("dialog")
    assert await page.evaluate("document.activeElement.className") == "composer-input"


async def test_home_is_opened_and_told(server: PageServer, page: Page) -> None:
    """It is asked for when its tab is opened, drawn when it comes, and its elements tell the view."""
    await page.click(f'.channel[data-channel="{DIRECT}"]')
    await page.click(".tab", "Home")
    await acted(server, "open_home")
    await page.see("has not drawn its home yet", ".home")
    drawn = {"id": "VH", "type": "home", "blocks": actions({"type": "button", "text": plain("Refresh")})}
    await server.emit({"type": "home", "view": drawn})
    await page.click("button", "Refresh")
    assert (await acted(server, "action"))["container"] == {"type": "view", "view_id": "VH"}
    await page.click(".tab", "Messages")
    await page.there('textarea[aria-label="Message imagepull"]')


async def test_thread_is_read_and_answered_beside(server: PageServer, page: Page) -> None:
    """Its replies stand there alone, unless one is broadcast; the address leads there again."""
    root = await server.post(text="the root", user=DEVELOPER)
    await server.post(text="first reply", thread_ts=root["ts"])
    await server.post(text="for all", thread_ts=root["ts"], reply_broadcast=True)
    await page.see("2 replies", LIST)
    assert "first reply" not in await page.text(LIST)
    await page.see("replied to a thread", LIST)
    await page.click(".thread-line")
    await page.see("first reply", "#thread")
    await page.write("an answer")
    await page.press("Enter")
    assert (await acted(server, "send"))["thread_ts"] == root["ts"]
    await page.reload()
    await page.see("first reply", "#thread")
    await page.press("Escape")
    await page.gone("#thread")
    await page.click(".thread-line")
    await page.click('button[aria-label="Close thread"]')
    await page.gone("#thread")
    await page.evaluate(f"location.hash = '/{GENERAL}/{root['ts']}'")
    await page.see("first reply", "#thread")


async def test_ephemeral_edited_and_deleted_messages(server: PageServer, page: Page) -> None:
    """Each says what it is; a deleted one with replies leaves its place."""
    secret = await server.post(text="just you", ephemeral=True)
    await page.see("Only visible to you", LIST)
    await server.emit({"type": "changed", "message": {**secret, "text": "still you"}})
    await page.see("still you", LIST)
    await page.see("Only visible to you", LIST)
    await page.click("button", "Dismiss message")
    await page.gone(".message")
    root = await server.post(text="the root")
    lone = await server.post(text="a lone one")
    await server.post(text="a reply", thread_ts=root["ts"])
    await page.see("1 reply", LIST)
    for each in (root, lone):
        await server.emit({"type": "deleted", "channel": GENERAL, "ts": each["ts"]})
    await page.see("This message was deleted.", LIST)
    assert "the root" not in await page.text(LIST)
    assert "a lone one" not in await page.text(LIST)


async def test_unread_is_marked_until_it_is_read(server: PageServer, page: Page) -> None:
    """Bold, with a count where one is named; the reader's place is marked as new."""
    await server.post(text="old", channel=PRIVATE)
    await page.click(f'.channel[data-channel="{PRIVATE}"]')
    await page.see("old", LIST)
    await page.click(f'.channel[data-channel="{GENERAL}"]')
    await server.post(text=f"fresh <@{DEVELOPER}>", channel=PRIVATE)
    await page.see("1", ".badge")
    await page.there(".channel.unread")
    assert "imagepull in payments-oncall: fresh" in await page.text("#live")
    await page.click(f'.channel[data-channel="{PRIVATE}"]')
    await page.see("New", ".divider.new")
    await page.gone(".badge")
    await page.gone(".channel.unread")


async def test_reader_who_scrolled_up_is_left_there(server: PageServer, page: Page) -> None:
    """Who is at the end follows; the others are told, and go there when they like."""
    for number in range(60):
        await server.post(text=f"line {number}")
    await page.see("line 59", LIST)
    at_end = "(() => { const list = document.querySelector('#conversation .timeline'); return list.scrollTop + list.clientHeight >= list.scrollHeight - 2 })()"
    await page.wait_for(at_end)
    await page.evaluate("document.querySelector('#conversation .timeline').scrollTop = 100")
    await page.wait_for("document.querySelector('#conversation .timeline').scrollTop === 100")
    await asyncio.sleep(0.1)
    await server.post(text="one more")
    await page.there(".jump")
    assert await page.evaluate("document.querySelector('#conversation .timeline').scrollTop") == 100
    await page.click(".jump")
    await page.wait_for(at_end)
    await page.gone(".jump")


async def test_long_channel_is_drawn_in_parts(server: PageServer, page: Page) -> None:
    """The latest at once, earlier ones when they are asked for."""
    server.state["messages"][GENERAL] = [
        {"ts": f"170000{number:04}.000001", "channel": GENERAL, "user": BOT, "text": f"line {number}"}
        for number in range(400)
    ]
    await page.reload()
    await page.see("line 399", LIST)
    assert await page.evaluate("document.querySelectorAll('#conversation .message').length") == 150
    await page.click("button", "Show earlier messages (250)")
    await page.wait_for("document.querySelectorAll('#conversation .message').length === 300")


async def test_another_user_sees_what_is_theirs(server: PageServer, page: Page) -> None:
    """Everything is loaded anew, for them; what they do is theirs; going back is being the first again."""
    await page.click(".me")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.see("Amir Haddad", ".me")
    await page.wait_for("location.hash.startsWith('#U0APP/')")
    await page.fill(BOX, "hello")
    await page.press("Enter")
    assert (await acted(server, "send"))["user"] == APPROVER
    await page.evaluate("history.back()")
    await page.see("Dana Weber", ".me")


async def test_line_that_breaks_comes_back(server: PageServer, page: Page) -> None:
    """It is said meanwhile; what was missed is there afterwards."""
    server.online = False
    await server.hang_up()
    await page.see("Connecting again", "#status")
    await server.post(text="missed")
    server.online = True
    await page.see("missed", LIST)
    await page.gone("#status")
    await server.emit({"type": "connected", "connected": False})
    await page.see("imagepull is not connected", "#status")
    page.errors.clear()  # the browser tells of every connection that fails


async def test_theme_is_the_systems_or_the_readers(page: Page) -> None:
    """It follows the system until the reader chooses, and is remembered."""
    paper = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(paper) == "rgb(255, 255, 255)"
    await page.look(dark=True)
    dark = await page.evaluate(paper)
    assert dark == "rgb(26, 28, 32)"
    await page.look()
    await page.click('button[aria-label="Theme: as the system"]')
    assert await page.evaluate(paper) == dark
    await page.reload()
    await page.there('button[aria-label="Theme: dark"]')
    assert await page.evaluate(paper) == dark


async def test_file_is_read_as_text(server: PageServer, page: Page) -> None:
    """In a dialog, with nothing in it doing anything."""
    shared = {"id": "F1", "name": "events.log", "title": "Events", "size": 2_048, "url": "/files/F1"}
    await server.post(files=[shared])
    await page.click("button", "View Events")
    await page.see("first line\n<b>second</b>", "dialog")


async def test_fingers_find_what_they_want(server: PageServer, page: Page) -> None:
    """On a phone whatever can be pressed is 44 pixels high, and nothing hangs over the edge."""
    await page.look(width=360, height=740, phone=True)
    for case in page_server.gallery(Path(__file__).parent / "page" / "gallery.json"):
        await server.post(**case["post"])
    await page.there(".message .button")
    await page.click('button[aria-label="Show channels"]')
    await page.there("#sidebar .me")
    small = await page.evaluate(
        """[...document.querySelectorAll("button, .text-field, label.choice")]
          .filter((each) => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
          .filter((each) => each.getBoundingClientRect().height < 43.5)
          .map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert small == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_everything_that_is_used_has_a_name(server: PageServer, page: Page) -> None:
    """For screen readers: buttons, fields, lists; and pictures say what they show."""
    for case in page_server.gallery(Path(__file__).parent / "page" / "gallery.json"):
        await server.post(**case["post"])
    await page.there(".message .button")
    tree = await page.ask("Accessibility.getFullAXTree")
    nameless = [
        each["role"]["value"]
        for each in tree["nodes"]
        if not each.get("ignored")
        and each["role"]["value"]
        in (
            "button",
            "textbox",
            "combobox",
            "checkbox",
            "radio",
            "link",
            "image",
            "tab",
            "listbox",
            "Date",
            "InputTime",
        )
        and not each.get("name", {}).get("value", "").strip()
    ]
    assert nameless == []
