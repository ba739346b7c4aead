"""The room of words: a verdict and a playbook's words in, a :class:`~bot.facts.document.Document` out.

Jinja2 lives here and nowhere else. Templates speak, they never decide; whatever comes from a cluster stays
marked as a value from the template to the channel, so that a hostile name cannot speak for us.
"""
