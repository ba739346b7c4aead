"""The shore where clusters are: API bytes (live, or a dump's files) in -> facts about pods and their witnesses out.

``client`` speaks to an API server, ``listing`` reads its pages, ``shapes`` decodes the few fields that are
witnesses, ``reader`` answers the port :class:`bot.ports.reading.ClusterReader`. Nothing here can change a cluster.
"""
