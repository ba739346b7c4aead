"""The composition root: the only room that knows every concrete class.

How a cluster or dump is reached, which registries may be asked, what the playbooks say -> an open
:class:`~bot.workflows.world.World` out. In the order in which a session is put together::

    knowing     the folders of playbooks/        -> Knowledge
    access      options and a kubeconfig         -> Access: how one cluster or dump is reached
    proxies     the settings                     -> Proxies: through whom each registry is asked
    permitting  what was typed, and the settings -> Permits: which registries may be asked, and how far
    probers     Permits                          -> Probers: who asks them, for as long as the session lasts
    replays     what was written down of a look  -> who answers the same again
    worlds      all of these                     -> World, for one look
    files       manifests and dumps              -> read from, and written to, where people keep them
    messages    what was found, in words         -> what a channel would get
    wording     playbooks and routes             -> Wording: documents and letters, for a bot that must not wait
    plans       Settings                         -> Plan: everything that they decide, until others come
    outlets     Settings                         -> who is told without Slack, of what
    outside     Settings and their secrets       -> what tells them
    recorded    the settings of a store          -> the record of changes, to be read
    running     a Plan and a store               -> Bot: looks at every cluster on time, and a desk to ask at
    doctor      the settings                     -> what is wrong with all that they speak of, and what mends it

Whoever is outside finds every name here, but for the bot's, which take longer to load than a command to run. What only a live cluster or a live registry needs is imported only where one
is opened: reading a dump starts in a third of the time.
"""

from bot.cluster.testifying import seen
from bot.wiring.access import Access, contexts, default_namespace
from bot.wiring.files import read_manifests, write_dump
from bot.wiring.knowing import Knowledge, knowledge, shipped_playbooks
from bot.wiring.messages import slack_alerts, slack_list, slack_manifest, webhook_schema
from bot.wiring.permitting import Probing, permitted
from bot.wiring.probers import Probers, probing
from bot.wiring.replays import Proof, request_of
from bot.wiring.worlds import opened, without_cluster


__all__ = [
    "Access",
    "Knowledge",
    "Probers",
    "Probing",
    "Proof",
    "contexts",
    "default_namespace",
    "knowledge",
    "opened",
    "permitted",
    "probing",
    "read_manifests",
    "request_of",
    "seen",
    "shipped_playbooks",
    "slack_alerts",
    "slack_list",
    "slack_manifest",
    "webhook_schema",
    "without_cluster",
    "write_dump",
]
