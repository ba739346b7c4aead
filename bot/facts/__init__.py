"""The nouns everybody shares: frozen values without I/O, third parties or a clock.

Every other room takes some of these in and gives others out. Times are aware ``datetime`` values in UTC
and always come from outside.
"""
