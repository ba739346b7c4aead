"""What manifests ask for, and what is to be expected."""

from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.precheck import Forecast, Outcome, Planned


def test_a_workload_is_called_as_kubectl_calls_it() -> None:
    """Kind and name."""
    assert str(Planned("a.yaml", "Deployment", "shop", "web", ())) == "Deployment/web"


def test_a_forecast_tells_what_a_check_answered() -> None:
    """None for one that was not asked, which is no answer at all."""
    said = Evidence("manifest-exists", Answer.YES, Witness.REGISTRY)
    planned = Planned("a.yaml", "Pod", "shop", "web", ())
    forecast = Forecast(planned, "web", None, (), (), Outcome.OK, (), (said,))
    assert forecast.answer("manifest-exists") is said
    assert forecast.answer("repository-exists") is None
