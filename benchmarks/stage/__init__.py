"""What the benchmarks of the whole bot are played on: a cluster, a workspace and the bot, each in a process of its own.

So nobody's work is measured as another's.
"""
