"""For people who are reached without Slack: incidents as a memory keeps them in, webhooks, alerts and Events out.

Each carrier has posts of its own in the memory, and none waits for another or for Slack. In the order of reading::

    scribe        how a post is spelled while it waits
    body          what a webhook says, and its JSON Schema
    addresses     which URLs are posted to
    signing       how a receiver knows that it was us
    sending       one request, whatever is at the other end
    fates         what comes of trying to deliver
    webhook       brings a post to a webhook
    events        brings a post to the failing workload, as an Event
    courier       has posts brought, again and again until they arrived
    alerts        episodes -> what Alertmanager is told
    alertmanager  tells it, and tells it again before it forgets
"""
