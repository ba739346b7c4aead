"""The settings: an index of every option, and the only reader of the environment.

``imagepull.yaml`` and ``IMAGEPULL_…`` variables -> :class:`Settings`, or :class:`~bot.errors.SettingsError` that names the
key and the nearest one that exists. The documentation, the JSON Schema and the example are made from these models.
The terminal needs no file at all. In the order of reading::

    kinds       what a person writes -> a checked value
    clusters    how clusters are reached
    proxies     through whom
    registries  which registries may be asked
    chat        how the bot is in Slack, and who may ask it
    routes      which channel is told of what
    carriers    who is told without Slack
    digests     which channel is told of a week in numbers
    approvals   who may have something changed
    operations  where the bot is watched
    warnings    what it warns of before it breaks
    models      all of it
    reading     the file and the environment -> Settings
    tokens      what never stands in the file
    keys        likewise, for those who are told without Slack, and for proxies
"""

from bot.settings.approvals import Approval, Copy, Secrets
from bot.settings.carriers import Alertmanager, Webhook
from bot.settings.chat import Asking, People, Slack
from bot.settings.clusters import Cluster, Namespaces, Teller, Writer
from bot.settings.digests import Digest
from bot.settings.keys import Keys, keys, proxy_credentials
from bot.settings.kinds import Budget
from bot.settings.models import Detection, Playbooks, Settings, Store
from bot.settings.operations import Operations
from bot.settings.proxies import DIRECT
from bot.settings.reading import FILE_NAME, OWN_VARIABLES, PREFIX, find, load, schema
from bot.settings.registries import Registries, Registry
from bot.settings.routes import Match, Route, Tenants
from bot.settings.tokens import Tokens, database_password, tokens
from bot.settings.warnings import Warnings


__all__ = [
    "DIRECT",
    "FILE_NAME",
    "OWN_VARIABLES",
    "PREFIX",
    "Alertmanager",
    "Approval",
    "Asking",
    "Budget",
    "Cluster",
    "Copy",
    "Detection",
    "Digest",
    "Keys",
    "Match",
    "Namespaces",
    "Operations",
    "People",
    "Playbooks",
    "Registries",
    "Registry",
    "Route",
    "Secrets",
    "Settings",
    "Slack",
    "Store",
    "Teller",
    "Tenants",
    "Tokens",
    "Warnings",
    "Webhook",
    "Writer",
    "database_password",
    "find",
    "keys",
    "load",
    "proxy_credentials",
    "schema",
    "tokens",
]
