"""Registries to try things in: repositories and a family of registries in -> answers over HTTP on loopback out."""
