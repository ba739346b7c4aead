"""What a newcomer gets wrong: settings in, every finding with the command that mends it out.

In here and in no room of its own, because it asks every shore and only the wiring may; nothing else of the house needs it. Each
check is a module that asks what exists already and judges the answer in a function without any I/O::

    checks     a check with a deadline -> its findings, or that it hangs
    memory     the store               -> is it there, ours, writable, private, and does a session stay
    knowing    the playbooks           -> do they load, and can every sentence be said
    workspace  tokens and channels     -> does Slack take them, and is the bot where it has to be
    people     who the settings name   -> are they there, and are there enough of them
    clusters   a way in                -> does it lead in, and what may who comes by it
    rights     rights                  -> what is missing of each tier, what is too much
    writers    who changes             -> may they what approvals allow, and no more, and does the fence hold
    registries the registries          -> do they answer, and with what budget
    clocks     other machines' clocks  -> whose is off
    examining  all of it at once
"""
