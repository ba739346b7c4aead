"""The terminal: a Document in, text or JSON out.

What a person types comes in here and is checked here; what is shown goes out here, with every foreign
value made harmless. Nothing heavier than typer is imported before a command is known to need it:
``imagepull --help`` answers while the rest of the house is still asleep.
"""
