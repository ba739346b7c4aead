"""A question about an image in, testimony out: the one room from which passwords leave the house.

``endpoints`` and ``permits`` say where and whether; ``asking`` finds the token; ``client`` knows what to ask; ``live``
sends it past a dialer that checks every address, ``recorded`` answers out of a recording, and neither can be told from
the other. Raison d'être: registry clients are made to pull, and trust what a registry tells them to do next. This one is
made to ask a stranger a question without believing him.
"""
