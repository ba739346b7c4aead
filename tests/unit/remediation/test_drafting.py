"""What an action makes of a situation."""

from bot.facts.change import Risk
from bot.facts.people import Grant
from bot.remediation.drafting import Draft


def test_a_draft_that_names_approvers_grants_it_to_them_alone() -> None:
    """And one that names nobody leaves it to the rules."""
    draft = Draft(Risk.LOW, (), "Copy it", approvers=("@platform",))
    assert draft.owners == Grant(("@platform",))
    assert Draft(Risk.LOW, (), "Copy it").owners is None
