"""Finds why Kubernetes cannot pull an image, with proof, and says what to do about it.

The walk through the house, room by room; each takes one noun in and gives one noun out::

    cluster     API bytes or a dump      -> Pod, PodEvent, Node, PullSecret   (facts)
    registry    a question about an image -> Testimony: from whoever may be asked, or from a recording
    diagnosis   Pod and its events       -> PullFailure -> Symptom -> Evidence -> Verdict
    incidents   diagnosed failures       -> Incident: one per cause, with the place where it fails
    catalog     the files of playbooks/  -> Cause rules, signatures, words
    rendering   Verdict and words        -> Document
    transcript  every question, answered -> a file that answers the same again
    cli         Document                 -> terminal text or JSON

``ports`` says what the core asks of the world; ``workflows`` gives the order of the steps and nothing
else; ``wiring`` is the one place that knows every concrete class.
"""
