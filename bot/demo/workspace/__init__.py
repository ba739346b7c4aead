"""A workspace to try the bot in: what a bot calls and people do in, what Slack would answer, send and show out.

It speaks Slack's Web API, Socket Mode and HTTP events on loopback, so that an unmodified bot connects by
``base_url`` alone; ``server`` puts it together, ``people`` acts in it, ``browser`` shows it. The state is in memory.
"""
