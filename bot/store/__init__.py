"""The memory that outlives the bot: incidents and letters in, the same after a kill out.

One set of models for SQLite and PostgreSQL: ``engines`` opens the one that a URL names, ``migrating`` brings it to the
schema that ``models`` tells, ``keeper`` stores and hands out, ``claims`` lets one replica at a time look at a cluster.
SQLAlchemy's and the drivers' exceptions stop here (``failures``).
"""
