"""For whoever runs the bot: how it stands in, numbers and a yes or no over HTTP out.

Nothing here asks a cluster, a registry or Slack. What is answered names clusters, causes, actions and registries of the
settings, and never a namespace, workload, pod, image or person; but for the series of incidents, where somebody wants those.
In the order of reading::

    standing    what is known of the bot at one moment
    readiness   whether it does its work, and why not
    cases       open incidents, where they are wanted as series
    troubles    how calls of others ended
    meters      the numbers, as Prometheus reads them
    pulse       how long the loop keeps everybody waiting
    endpoint    where all of it is asked for
"""
