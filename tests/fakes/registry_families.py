"""How the well-known registries answer, where tests look for it; it is the simulated registry's."""

from bot.demo.registry.families import (
    ACR,
    ECR,
    ECR_PUBLIC,
    FAMILIES,
    GHCR,
    GITLAB,
    HARBOR,
    HTPASSWD,
    HUB,
    NVCR,
    OPEN,
    QUAY,
    Family,
    Said,
    errors,
)


__all__ = [
    "ACR",
    "ECR",
    "ECR_PUBLIC",
    "FAMILIES",
    "GHCR",
    "GITLAB",
    "HARBOR",
    "HTPASSWD",
    "HUB",
    "NVCR",
    "OPEN",
    "QUAY",
    "Family",
    "Said",
    "errors",
]
