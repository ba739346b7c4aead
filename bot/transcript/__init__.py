"""The room of proof: what a cluster and its registries were asked, and answered -> one document that answers the same again.

It stands between the diagnosis and whoever is asked, behind the very ports, and knows neither clusters nor registries.
"""
