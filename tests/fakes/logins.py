"""A way into a fake API server without a kubeconfig: a URL and a token in -> a login out."""

from dataclasses import dataclass, field
from datetime import datetime

from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject

from bot.cluster.login import Ready


@dataclass
class TokenLogin:
    """Logs in with the next of its tokens each time; the last one stays.

    Attributes:
        lasts: when what it gives goes stale.
        times: how often it was asked.
    """

    url: str
    tokens: list[str] = field(default_factory=list)
    name: str = "test"
    namespace: str = "default"
    lasts: datetime | None = None
    times: int = 0

    async def __call__(self, now: datetime) -> Ready:  # noqa: ARG002 - the port hands it over
        """Log in; the clock is not looked at."""
        self.times += 1
        token = self.tokens[min(self.times, len(self.tokens)) - 1] if self.tokens else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Whoever runs the tests behind a proxy means other hosts.
        configuration = Configuration(host=self.url, client_session_kwargs={"trust_env": False})
        return Ready(self.url, RESTClientObject(configuration), headers, self.lasts)
