"""The room of Slack: a :class:`~bot.facts.document.Document` in, a :class:`~bot.slack.message.Message` out.

The words come from the document; here they get Slack's form, inside Slack's limits. In the order of the walk::

    limits      how long anything may be
    escaping    what others wrote -> text that cannot mean anything to Slack
    elements    text -> the blocks that are used here
    parts       a document -> its sections: facts, evidence, what to do
    blocks      those sections -> the alert, updated and resolved
    thread      and what stands below it: everything in full
    changes     two documents -> what has changed between them
    listing     a report with many incidents -> one list
    message     blocks -> messages that Slack takes, and files for what it does not

what a channel is told of an incident, :class:`~bot.facts.notice.Notice` in, a letter and later its message out::

    mentions    what the operator's settings may do: call people
    notices     a notice -> the alert with all that happened to it, and its buttons
    letters     notices and replies -> bodies that are stored -> what is posted

and of a letter on its way, :class:`~bot.ports.keeping.Outbox` in, messages in Slack out::

    refusals    what Slack's errors mean for a letter
    pacing      how fast a channel may be told
    errands     calls for one letter, made once and in time
    finding     whether it arrived before
    posting     one letter -> one visible thing
    resting     who rests after what went wrong, and what is red
    undoing     what was sent twice is taken back
    messenger   all of that, until it is told to stop

and of somebody's question on its way, a :class:`~bot.ports.answering.Desk` in, people answered out::

    incoming      a payload -> who calls, and from where
    commands      what they typed -> what they want
    members       who that is, as the workspace says
    asking        the desk, asked in their name
    answers       what it says -> messages; board: lists, confirmations: what was done
    modal, forms  which pod they mean, when they do not say
    home, homes   what is open, for whoever opens App Home
    webapi        Slack's answers, or what it says no to
    replying      a message -> the asker, or all of the channel; sharing: what may still be shared
    conversation  all of that, from a command to its answer
    once, working what was heard before, and what is done meanwhile
    listening     what Slack sends -> acknowledged, and taken up
    admission     whether Slack lets the bot in; manifest: what it is told of it
    connecting    Socket Mode; door: HTTP
    app           put together, started, stopped
"""
