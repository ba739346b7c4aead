"""The writes of plans, tried and carried out on a live cluster: a write in -> what became of it out.

``orders`` spells the request, ``bot.cluster.sending`` sends it once, ``answers`` judges the reply, ``whole`` shows the
object, ``copying`` takes what a copy holds; ``writer`` puts them together. Nobody but the wiring comes in here.
"""
