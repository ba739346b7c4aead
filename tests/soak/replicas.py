"""Three replicas of ``imagepull run`` on one PostgreSQL, killed again and again, and what people and API servers see of it.

``python -m tests.soak.replicas [--rounds 14] [--seed N]``: four simulated clusters and a simulated workspace in this process,
the replicas as processes of their own. Each round a replica is killed, told to end, frozen for a while or robbed of its session in
the database, and comes back; incidents begin, grow and end meanwhile, and approved fixes are under way. Then: each incident
has one message in its channel, which says how it stands; no reply stands there twice; each fix was written once; no two replicas
ever swept a cluster at a time (one without fixes, where only sweeps list everything); and the clusters of one that died were swept
by another within one interval.

What a killed replica had in hand waits for two minutes; so much time passes at once in the database, where nobody alive has it.
"""

import argparse
import asyncio
import json
import math
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store
from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.server import SimulatedSlack
from bot.demo.world import World
from bot.facts.change import ANNOTATION
from bot.store import engines
from tests import clusters
from tests.fakes import mailroom, objects, postgres, writes


Object = dict[str, Any]
IMAGEPULL: Final = Path(sys.executable).with_name("imagepull")
CHANNEL: Final = "#image-pulls"
LIVING, BARE = "eu", ("us", "ap", "qa")
REPLICAS: Final = 3
INTERVAL: Final = 2.0  # seconds
# The scheduler's jitter, a sweep, and what two busy cores make of it.
TAKEN_OVER: Final = INTERVAL * 1.1 + 2.0
# A cluster-wide list takes so long here: two sweeps at a time would show.
_SLOW: Final = 0.12
_STEPS: Final = 6
# By then it is noticed that a connection was closed, where this process is not late itself.
_NOTICED: Final = 0.05
_TICK: Final = 0.02
_PATIENCE: Final = 60.0
# Of five seconds each: who does not see a fix begin tries again for a minute.
_CLICKS: Final = 12
# As long as a whole look takes here at most, on cores that others use as well.
_LOOK: Final = 3.0
_SWEPT: Final = ("/api/v1/pods", "/api/v1/events")
_GOOD, _BAD = "registry.example/shop/web:1.4.2", "registry.example/shop/web:v1.5.0"
# Nobody alive has a letter in hand for so long here.
_AGED_LETTERS = (
    "UPDATE letters SET waits_until = touched WHERE touched < now() - interval '8 s' AND waits_until > now()"
)
_AGED_PLANS = """
    UPDATE proposals SET body = jsonb_set(body::jsonb, '{held_until}', to_jsonb('2020-01-01T00:00:00Z'::text))::text
    WHERE stage IN ('running', 'watching')"""
_SESSIONS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND objsubid = 1"


@dataclass(frozen=True)
class Sweep:
    """A cluster-wide list that somebody asked for: of which cluster, by which life of a replica, from when to when."""

    cluster: str
    life: int
    began: float
    ended: float


@dataclass(frozen=True)
class Delay:
    """A time when this process heard nobody, as others had the cores: what it saw then may be older."""

    began: float
    ended: float


@dataclass
class Life:
    """A replica from its start to its end."""

    number: int
    folder: Path
    process: "asyncio.subprocess.Process"

    @property
    def said(self) -> list[Object]:
        """What it has logged."""
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def is_ready(self) -> bool:
        """Whether it looks and answers."""
        return '"running"' in (self.folder / "log").read_text()


@dataclass
class Trouble:
    """An incident to be: an image of its own that cannot be pulled.

    Attributes:
        pods: how many fail by now.
    """

    cluster: str
    name: str
    began: float
    pods: int = 0
    over: bool = False

    @property
    def image(self) -> str:
        """What cannot be pulled."""
        return f"registry.example/team/{self.name}:1"


@dataclass
class Outcome:
    """What was seen."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Ground:
    """Clusters, a workspace, a database, and replicas that come and go.

    Args:
        folder: for what the replicas need.
        url: of the database.
        slack: the workspace.
        chance: what happens when.
    """

    def __init__(self, folder: Path, url: str, slack: SimulatedSlack, chance: random.Random) -> None:
        self.folder, self.url, self.slack, self.chance = folder, url, slack, chance
        self.tokens = {f"{who}-{number}": ADMIN for number in range(1000) for who in ("life", "writer")}
        self.clusters: dict[str, SimulatedCluster] = {}
        self.world: World
        self.lives: list[Life] = []
        self.sweeps: list[Sweep] = []
        self.troubles: list[Trouble] = []
        self.outcome = Outcome()
        self.robbed: list[float] = []
        self.delays: list[Delay] = []
        self.died: dict[int, float] = {}
        self._numbers = iter(range(1000))

    async def enter(self, stack: AsyncExitStack) -> None:
        """Have clusters."""
        self.world = World(clusters._seed(), self.tokens)
        self._watched(LIVING, self.world.cluster)
        await stack.enter_async_context(self.world)
        self.world.create({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "shop"}})
        for name in BARE:
            cluster = SimulatedCluster(Store(writes.namespaces("shop")), self.tokens)
            self._watched(name, cluster)
            await stack.enter_async_context(cluster)

    def _watched(self, name: str, cluster: SimulatedCluster) -> None:
        """Have noted who sweeps it, and sweeps take their time."""
        self.clusters[name] = cluster
        answer = cluster._answer

        async def noted(request: Any) -> Any:
            life = int(request.headers.get("Authorization", "-0").rpartition("-")[2])
            if request.rel_url.raw_path not in _SWEPT or "watch" in request.rel_url.query:
                return await answer(request)
            began = time.monotonic()
            try:
                for _ in range(_STEPS):
                    if request.transport is None:
                        break  # who asked does not wait for it any more
                    await asyncio.sleep(_SLOW / _STEPS)
                return await answer(request)
            finally:
                ended = min(time.monotonic(), self.died.get(life, math.inf))
                self.sweeps.append(Sweep(name, life, began, ended))

        cluster._answer = noted  # type: ignore[method-assign]  # before it listens

    # -- replicas

    async def born(self) -> Life:
        """Start a replica, with a login of its own at every cluster."""
        number = next(self._numbers)
        folder = self.folder / f"life-{number}"
        folder.mkdir()
        (folder / "kubeconfig").write_text(json.dumps(self._kubeconfig(number)))
        (folder / "imagepull.yaml").write_text(yaml.safe_dump(self._settings(folder)))
        tokens = {"SLACK_BOT_TOKEN": self.slack.bot_token, "SLACK_APP_TOKEN": self.slack.app_token}
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        with (folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                IMAGEPULL,
                "run",
                env={**kept, "HOME": str(folder), "PYTHONWARNINGS": "error", **tokens},
                cwd=folder,
                stderr=log,
            )
        life = Life(number, folder, process)
        self.lives.append(life)
        self.outcome.counts["starts"] += 1
        return life

    async def ready(self, life: Life) -> None:
        """Wait until it works."""
        try:
            await self.until(life.is_ready, "")
        except AssertionError:
            said = (life.folder / "log").read_text()[-600:]  # a page of text
            raise AssertionError(f"life {life.number} did not start: {said}") from None

    def _kubeconfig(self, number: int) -> Object:
        named = [(name, each.url) for name, each in self.clusters.items()]
        return {
            "clusters": [{"name": name, "cluster": {"server": url}} for name, url in named],
            "users": [{"name": who, "user": {"token": f"{who}-{number}"}} for who in ("life", "writer")],
            "contexts": [
                *({"name": name, "context": {"cluster": name, "user": "life"}} for name, _ in named),
                {"name": "writer", "context": {"cluster": LIVING, "user": "writer"}},
            ],
        }

    def _settings(self, folder: Path) -> Object:
        file = str(folder / "kubeconfig")
        named: Object = {
            name: {"kubeconfig": file, "context": name, "interval": f"{INTERVAL:g}s"}
            for name in self.clusters
        }
        named[LIVING]["writer"] = {"kubeconfig": file, "context": "writer"}
        people = [{"who": "@developers"}, {"who": "@sre"}]
        return {
            "clusters": named,
            "detection": {"hold": "1s", "full_sweep_every": 2, "calm": "1s"},
            "routes": [{"channel": CHANNEL}],
            "people": {"ask": people, "request": people},
            "approvals": [{"actions": "*", "clusters": LIVING, "approvers": "@sre"}],
            "slack": {"api_url": self.slack.api},
            "store": {"url": self.url},
        }

    # -- what people see

    def alerts(self) -> list[Object]:
        """The messages of the channel, without their threads."""
        seen = self.slack.person("sam").sees(CHANNEL)
        return [each for each in seen if each.get("thread_ts", each["ts"]) == each["ts"] and _is_public(each)]

    def about(self, named: str) -> list[Object]:
        """Those that name an image, or a workload."""
        return [each for each in self.alerts() if named in each["text"]]

    async def until(self, holds: Callable[[], object], otherwise: str, seconds: float = _PATIENCE) -> Any:
        """Wait until something is so.

        Raises:
            AssertionError: it never was.
        """
        end = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < end, otherwise
            await asyncio.sleep(0.1)
        return found

    # -- incidents

    def begin(self, cluster: str) -> None:
        """Something new fails."""
        trouble = Trouble(cluster, f"app-{len(self.troubles)}", time.monotonic())
        self.troubles.append(trouble)
        self.outcome.counts["incidents"] += 1
        self.grow(trouble)

    def grow(self, trouble: Trouble) -> None:
        """One pod more fails with it."""
        said = f'failed to pull and unpack image "{trouble.image}": {trouble.image}: not found'
        owner = {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "name": trouble.name,
            "uid": f"uid-{trouble.name}",
        }
        pod = objects.pod(
            f"{trouble.name}-{trouble.pods}",
            state=objects.waiting("ImagePullBackOff", f'Back-off pulling image "{trouble.image}": {said}'),
            spec={"containers": [{"name": "app", "image": trouble.image}]},
            metadata={"ownerReferences": [{**owner, "controller": True}]},
        )
        pod["status"]["containerStatuses"][0]["image"] = trouble.image
        self.clusters[trouble.cluster].store.put(pod)
        trouble.pods += 1

    def end(self, trouble: Trouble) -> None:
        """It fails no more."""
        for number in range(trouble.pods):
            self.clusters[trouble.cluster].store.delete("pods", "shop", f"{trouble.name}-{number}")
        trouble.over = True

    async def note_delays(self) -> None:
        """Note when nothing was heard, until cancelled."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(_TICK)
            if (ended := time.monotonic()) - began > 2 * _TICK:
                self.delays.append(Delay(began, ended))

    async def go_on(self) -> None:
        """Let things happen, until cancelled; nothing ends that nobody was told of."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.5, 1.5))
            for each in self.troubles:
                if not each.over and self.about(each.image) and self.chance.random() < 0.2:
                    self.end(each) if self.chance.random() < 0.6 else self.grow(each)
            standing = [each for each in self.troubles if not each.over]
            if len(standing) < 2 * len(BARE):
                self.begin(self.chance.choice(BARE))


def _is_public(message: Object) -> bool:
    return not message.get("ephemeral")


# -- a fix


@dataclass
class Fix:
    """A rollout of an image that does not exist, and its way back, approved by somebody."""

    ground: Ground
    name: str
    plan: str = ""

    async def run(self) -> None:
        """From the rollout until the workload runs again."""
        await self._broken()
        card = await self._asked()
        self.plan = next(
            each["value"] for block in card["blocks"] for each in block.get("elements", ()) if "value" in each
        )
        sam = self.ground.slack.person("sam")
        for _ in range(_CLICKS):
            # Where the first click was heard, however late, the button is no more.
            with suppress(Refused):
                await sam.clicks(card, "plan-approve")
            await self._within(5.0, self._written)
            if self._written():
                break
        await self.ground.until(self._ended, f"{self.name}: the card never came to its end")

    async def _broken(self) -> None:
        world = self.ground.world
        labels = {"app": self.name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": _GOOD}]}}
        world.create(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": self.name, "namespace": "shop", "labels": labels},
                "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
            }
        )
        found = lambda: (self._deployment().get("status") or {}).get("readyReplicas")  # noqa: E731  # nothing to name
        await self.ground.until(found, f"{self.name} never ran")
        world.set_image("Deployment", "shop", self.name, _BAD)
        workload = f"Deployment/{self.name}"
        await self.ground.until(lambda: self.ground.about(workload), f"nobody told of {self.name}")

    async def _asked(self) -> Object:
        dana = self.ground.slack.person("dana")
        for _ in range(10):
            await dana.sends(CHANNEL, f"/imagepull fix deploy/{self.name} -n shop -c {LIVING} roll-back")
            await self._within(8.0, self._card)
            if card := self._card():
                return card
        raise AssertionError(f"nobody asked for {self.name}")

    def _card(self) -> Object:
        seen = self.ground.slack.person("sam").sees(CHANNEL)
        cards = [
            each for each in seen if self.name in str(each.get("blocks")) and "plan-approve" in str(each)
        ]
        return cards[-1] if cards else {}

    def _ended(self) -> bool:
        seen = self.ground.slack.person("sam").sees(CHANNEL)
        told = [str(each.get("blocks")) for each in seen if self.plan in str(each.get("blocks"))]
        return any("Mended" in each for each in told)

    def _written(self) -> int:
        """How often the plan was carried out."""
        past = self.ground.world.store.since("deployments", 1000)
        marks = [(_mark(each.old), _mark(each.new)) for each in past if each.key == ("shop", self.name)]
        return sum(old != self.plan == new for old, new in marks)

    def check(self) -> Iterator[str]:
        """Whether it was done once, and the workload runs."""
        if (times := self._written()) != 1:
            yield f"{self.name} was written {times} times"
        image = self._deployment()["spec"]["template"]["spec"]["containers"][0]["image"]
        if image != _GOOD:
            yield f"{self.name} has {image}"

    def _deployment(self) -> Object:
        return self.ground.world.store.get("deployments", "shop", self.name)

    async def _within(self, seconds: float, holds: Callable[[], object]) -> None:
        end = time.monotonic() + seconds
        while not holds() and time.monotonic() < end:  # noqa: ASYNC110  # other processes
            await asyncio.sleep(0.1)


def _mark(item: Object | None) -> str:
    return str(((item or {}).get("metadata") or {}).get("annotations", {}).get(ANNOTATION, ""))


# -- violence


class Violence:
    """What happens to replicas, a thing at a time.

    Args:
        ground: where they are.
        engine: of their database.
    """

    def __init__(self, ground: Ground, engine: AsyncEngine) -> None:
        self._ground, self._engine = ground, engine

    async def act(self, what: str) -> None:
        """Do it to one of them, and have as many as before."""
        ground = self._ground
        ground.outcome.counts[what] += 1
        victim = ground.chance.choice(ground.lives)
        await getattr(self, f"_{what}")(victim)

    async def _kills(self, victim: Life) -> None:
        await self._gone(victim, signal.SIGKILL)

    async def _ends(self, victim: Life) -> None:
        await self._gone(victim, signal.SIGTERM)

    async def _gone(self, victim: Life, how: signal.Signals) -> None:
        ground = self._ground
        owned = self._owned(victim)
        ground.lives.remove(victim)
        began = time.monotonic()
        victim.process.send_signal(how)
        code = await asyncio.wait_for(victim.process.wait(), 20)
        # A process that is killed asks nothing from that moment on, however late this one hears of its end.
        gone = began if how is signal.SIGKILL else time.monotonic()
        # What it asked for is answered, though nobody is there any more to hear it.
        ground.sweeps[:] = [
            replace(each, ended=min(each.ended, gone)) if each.life == victim.number else each
            for each in ground.sweeps
        ]
        ground.died[victim.number] = gone
        if how is signal.SIGTERM:
            if code:
                ground.outcome.wrong.append(f"life {victim.number} ended with {code}: {victim.said[-2:]}")
            if gone - began > 10:
                ground.outcome.wrong.append(f"life {victim.number} took {gone - began:.0f} s to end")
        await asyncio.sleep(TAKEN_OVER + 0.5)
        for cluster in owned:
            took = min(
                (each.began for each in self._by_others(cluster, victim) if each.began > began), default=0
            )
            late = (took or time.monotonic() + 60) - gone
            ground.outcome.counts["takeovers"] += 1
            ground.outcome.slowest = max(ground.outcome.slowest, late)
            if late > TAKEN_OVER:
                ground.outcome.wrong.append(
                    f"{cluster} was not swept for {late:.1f} s after life {victim.number}"
                )
        await ground.ready(await ground.born())

    def _owned(self, life: Life) -> list[str]:
        last = {each.cluster: each.life for each in self._ground.sweeps}
        return [cluster for cluster, number in last.items() if number == life.number]

    def _by_others(self, cluster: str, victim: Life) -> list[Sweep]:
        return [
            each for each in self._ground.sweeps if each.cluster == cluster and each.life != victim.number
        ]

    async def _freezes(self, victim: Life) -> None:
        """Longer than the server lets its session live: the test ends it for the server."""
        victim.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(0.3)
        await self._robs(victim)
        await asyncio.sleep(TAKEN_OVER)
        self._ground.robbed.append(time.monotonic())
        victim.process.send_signal(signal.SIGCONT)

    async def _robs(self, _: Life) -> None:
        self._ground.robbed.append(time.monotonic())
        async with self._engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({_SESSIONS}) AS held"))  # noqa: S608

    async def age(self) -> None:
        """Let two minutes pass for what nobody alive has in hand."""
        async with self._engine.begin() as connection:
            await connection.execute(text(_AGED_LETTERS))
            await connection.execute(text(_AGED_PLANS))

    async def claims(self) -> int:
        """How many clusters are claimed."""
        async with self._engine.begin() as connection:
            return len((await connection.execute(text(_SESSIONS))).all())


# -- one run


def _checked(ground: Ground) -> Iterator[str]:
    for each in ground.troubles:
        told = ground.about(each.image)
        if len(told) != 1:
            yield f"{each.image} has {len(told)} messages"
        elif each.over != ("Resolved" in told[0]["text"]):
            yield f"{each.image} is {'over' if each.over else 'not over'}: {told[0]['text']}"
    for alert in ground.alerts():
        thread = ground.slack.person("sam").sees(CHANNEL, thread=alert)
        said = Counter(str(each.get("blocks")) for each in thread if _is_public(each))
        twice = [each for each, times in said.items() if times > 1]
        if twice:
            yield f"told twice below {alert['text']}: {twice[0][:300]}"
    yield from _together(ground.sweeps, ground.robbed, ground.delays)


def _together(sweeps: list[Sweep], robbed: list[float], delays: list[Delay]) -> Iterator[str]:
    """Sweeps of one cluster by two at a time; whose session was taken away comes to the end of a look, and drops it.

    Not where fixes are: whoever is asked for one, or carries it out, looks beyond the workload at what else fails, and
    need not be who sweeps.
    """
    sweeps = [each for each in sweeps if each.cluster != LIVING]
    for one in sweeps:
        for other in sweeps:
            if one.cluster == other.cluster and one.life < other.life:
                met, parted = max(one.began, other.began), min(one.ended, other.ended)
                both = parted - met
                is_known = any(at <= met <= at + _LOOK for at in robbed)
                late = sum(
                    each.ended - each.began for each in delays if each.began < parted and each.ended > met
                )
                if both > _NOTICED + late and not is_known:
                    since = min((one.began - at for at in robbed if at < one.began), default=-1)
                    both_lives = f"{one.life} and {other.life} for {both:.2f} s at a time"
                    yield f"{one.cluster} was swept by {both_lives}, {since:.1f} s after a session was taken away"


def _is_settled(ground: Ground) -> bool:
    told = all(
        len(ground.about(each.image)) == 1
        and each.over == ("Resolved" in ground.about(each.image)[0]["text"])
        for each in ground.troubles
    )
    return told and all(each.is_ready() for each in ground.lives)


async def _settled(ground: Ground, violence: Violence) -> None:
    end = time.monotonic() + _PATIENCE
    while not _is_settled(ground) and time.monotonic() < end:
        await asyncio.sleep(0.5)
        await violence.age()


async def _fixes(ground: Ground, names: list[str]) -> list[Fix]:
    made = [Fix(ground, name) for name in names]
    for each in made:
        await each.run()
        ground.outcome.counts["fixes"] += 1
    return made


async def _aging(violence: Violence) -> None:
    while True:
        await asyncio.sleep(10)
        await violence.age()


async def run(folder: Path, url: str, seed: int, rounds: int) -> Outcome:
    """Let replicas live and die for so many rounds, and see what became of everything."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    acts = ["kills", "ends", "freezes", "kills", "robs"]
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SimulatedSlack(mailroom.seed()))
        ground = Ground(folder, url, slack, chance)
        await ground.enter(stack)
        engine = engines.opened(url)
        stack.push_async_callback(engines.closed, engine)
        violence = Violence(ground, engine)
        stack.push_async_callback(_all_killed, ground)
        await asyncio.gather(*[_begun(ground) for _ in range(REPLICAS)])
        noting = asyncio.create_task(ground.note_delays())
        going = asyncio.create_task(ground.go_on())
        aging = asyncio.create_task(_aging(violence))
        fixing = asyncio.create_task(_fixes(ground, [f"web-{number}" for number in range(1 + rounds // 6)]))
        for number in range(rounds):
            await violence.act(acts[number % len(acts)])
            await asyncio.sleep(chance.uniform(0, INTERVAL))
        await _stopped(going)
        fixes = await fixing
        await _settled(ground, violence)
        await _stopped(aging)
        await _stopped(noting)
        ground.outcome.wrong += [*_checked(ground), *(each for fix in fixes for each in fix.check())]
        ground.outcome.wrong += await _ended(ground, violence)
        ground.outcome.counts["sweeps"] = len(ground.sweeps)
        return ground.outcome


async def _begun(ground: Ground) -> None:
    await ground.ready(await ground.born())


async def _stopped(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _ended(ground: Ground, violence: Violence) -> list[str]:
    """All told to end while they look: in time, and no claim is left when they are gone."""
    wrong = []
    began = time.monotonic()
    for each in ground.lives:
        each.process.terminate()
    codes = await asyncio.gather(*(asyncio.wait_for(each.process.wait(), 20) for each in ground.lives))
    took = time.monotonic() - began
    if any(codes) or took > 10:
        wrong.append(f"they ended with {codes} after {took:.0f} s")
    if left := await violence.claims():
        wrong.append(f"{left} claims are left")
    for life in ground.lives:
        errors = [each for each in life.said if each["level"] == "critical" or "internal error" in str(each)]
        wrong += [f"life {life.number} said {each}" for each in errors]
    ground.lives = []
    return wrong


async def _all_killed(ground: Ground) -> None:
    for each in ground.lives:
        with suppress(ProcessLookupError):
            each.process.kill()
        await each.process.wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Run it; 1 when anything was lost, doubled or late."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 20))
    options = parser.parse_args()
    where = postgres.programs()
    if where is None:
        _say("replicas: no PostgreSQL here, nothing was tried")
        return 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, postgres.running(where) as server:
        outcome = asyncio.run(run(Path(folder), server.database(), options.seed, options.rounds))
    told = ", ".join(f"{number} {name}" for name, number in sorted(outcome.counts.items()))
    _say(
        f"replicas: seed {options.seed}, {options.rounds} rounds in {time.monotonic() - began:.0f} s: {told}; "
        f"slowest takeover {outcome.slowest:.1f} s of {TAKEN_OVER:.1f} s; {len(outcome.wrong)} wrong"
    )
    for each in outcome.wrong:
        _say(f"  {each}")
    if outcome.wrong:
        _say(f"again: python -m tests.soak.replicas --seed {options.seed} --rounds {options.rounds}")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
