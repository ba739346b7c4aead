"""Whether the bot can be in Slack: settings in, findings out, by asking Slack itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime

from bot import settings
from bot.errors import BotError, SettingsError
from bot.facts.finding import Finding, ok, unchecked, warning, wrong
from bot.settings import Settings, Tokens
from bot.slack import admission, inspecting
from bot.slack.admission import Identity
from bot.slack.inspecting import Group, Inspection
from bot.slack.webapi import Refused
from bot.wiring.doctor import people
from bot.wiring.doctor.clocks import Reading
from bot.wiring.doctor.people import Named, Roll


KEY = "slack"
_MANIFEST = "imagepull slack-manifest"
_MOST_PEOPLE = 50
_UNASKED = "channels and people: Slack cannot be asked about them"


async def look(
    known: Settings, environment: Mapping[str, str], now: Callable[[], datetime], clocks: list[Reading]
) -> AsyncIterator[Finding]:
    """Tokens first; then what Slack says of the app, of its channels, and of those whom the settings name.

    Args:
        known: the settings.
        environment: where tokens may be.
        now: our clock.
        clocks: takes what Slack's clock says.
    """
    if known.slack.mode == "off":
        yield ok(f"{KEY}.mode", "off: the bot answers nobody in Slack and tells nobody there")
        if known.routes:
            yield warning(
                "routes",
                "they lead to channels, and Slack is off: nobody is told by them",
                "docs/beyond-slack.md",
            )
        return
    try:
        tokens = settings.tokens(known.slack, environment)
    except SettingsError as error:
        yield wrong(f"{KEY}.tokens", error.message, error.hint)
        yield unchecked(KEY, "nothing can be asked of Slack without its tokens")
        return
    slack = known.slack
    async with inspecting.inspecting(slack.api_url, tokens.bot, slack.proxy) as workspace:
        before = now()
        try:
            found = await workspace.identity()
        except SettingsError as error:
            yield wrong(f"{KEY}.bot_token_file", error.message, error.hint)
            yield unchecked(KEY, _UNASKED)
            return
        except Refused as refused:
            yield wrong(f"{KEY}.api_url", f"Slack is not reached: {refused.code}", refused.hint)
            yield unchecked(KEY, _UNASKED)
            return
        if told := inspecting.told_at(found):
            clocks.append(Reading(KEY, told, before, now()))
        for each in manifest(found):
            yield each
        yield await _way_in(known, tokens, workspace)
        async for each in _named(known, workspace):
            yield each


def manifest(found: Identity) -> Iterator[Finding]:
    """How the app differs from its manifest, as far as Slack lets a bot see that."""
    key = f"{KEY} scopes"
    lacking = admission.shortcomings(found)
    lost = [each for each in lacking if each.what.removeprefix("the scope ") in admission.SCOPES]
    optional = [each for each in lacking if each not in lost]
    extra = sorted(found.scopes - admission.SCOPES.keys() - admission.OPTIONAL.keys())
    for each in lost:
        yield wrong(key, f"{each.what} is missing: {each.why}", f"{_MANIFEST}; {each.remedy}")
    if optional:
        names = ", ".join(each.what.removeprefix("the scope ") for each in optional)
        told = f"without {names} a delivery whose answer was lost may be repeated, and is marked so"
        yield warning(key, told, f"{_MANIFEST} --history")
    if extra:
        told = f"more than the manifest wants: {', '.join(extra[:8])}"
        yield warning(key, told, f"{_MANIFEST}; take them away under OAuth & Permissions, and reinstall")
    if not found.scopes:
        yield unchecked(key, "Slack did not say which the token has")
    elif not lost:
        yield ok(KEY, f"the bot token is taken by {found.team_name or found.team}, with every scope it needs")
    told = "commands, events and interactivity: Slack shows them to no bot"
    yield unchecked(
        f"{KEY} manifest", told, f"{_MANIFEST}, and compare it with the App Manifest on Slack's page"
    )


async def _way_in(known: Settings, tokens: Tokens, workspace: Inspection) -> Finding:
    if known.slack.mode == "http":
        return unchecked(f"{KEY}.mode", "whether Slack reaches the bot is only known while it runs")
    try:
        await workspace.socket(tokens.app)
    except SettingsError as error:
        return wrong(f"{KEY}.app_token_file", error.message, error.hint)
    except Refused as refused:
        return wrong(f"{KEY}.app_token_file", f"Slack gives no connection: {refused.code}", refused.hint)
    return ok(f"{KEY}.mode", "Socket Mode takes the app token")


async def _named(known: Settings, workspace: Inspection) -> AsyncIterator[Finding]:
    places = tuple(people.named(known))
    if not known.routes:
        yield warning(
            "routes", "there are none: the bot answers, and tells nothing by itself", "docs/routing.md"
        )
    wanted = people.channels(known, places)
    if wanted:
        try:
            for each in people.judged_channels(wanted, await workspace.channels(wanted)):
                yield each
        except Refused as refused:
            yield unchecked("routes", f"channels cannot be read: {refused.code}", refused.hint)
    for each in people.judged(places, await _roll(places, workspace)):
        yield each


async def _roll(places: tuple[Named, ...], workspace: Inspection) -> Roll:
    asked = sorted(people.users(places))[:_MOST_PEOPLE]
    members = await asyncio.gather(*(_member(workspace, each) for each in asked))
    known = {name: found for name, (found, said) in zip(asked, members, strict=True) if said}
    try:
        groups = await workspace.groups()
    except BotError as error:
        return Roll(None, known, error.hint or error.message)
    return Roll(_by_name(groups), known)


async def _member(workspace: Inspection, user: str) -> tuple[bool | None, bool]:
    """Whether somebody is a member, and whether Slack said so."""
    try:
        return await workspace.is_member(user), True
    except Refused:
        return None, False


def _by_name(groups: tuple[Group, ...]) -> Mapping[str, Group]:
    return {f"@{each.handle}": each for each in groups} | {each.id: each for each in groups}
