"""The room of registries: a question about an image in, :class:`~bot.facts.evidence.Evidence` out.

No registry is asked yet; the room holds the witness that says so.
"""
