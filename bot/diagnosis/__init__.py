"""From a failing pod to its cause: Pod and events in, Verdict out.

Five steps, each a module: ``failures`` finds what could not be pulled, ``signatures`` names what the runtime
said, ``investigate`` asks the checks which that symptom calls for, ``checks`` ask one witness each, and
``judge`` weighs the answers. Nothing here knows where objects come from, what a playbook file looks like, or
which words a person will read.
"""
