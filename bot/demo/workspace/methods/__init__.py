"""The methods of the Web API, by family: a call in, the fields of Slack's answer out, or its refusal."""
