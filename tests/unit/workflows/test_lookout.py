"""Who uses which image."""

from bot.facts.forewarning import User
from bot.workflows import lookout
from tests.fakes.stocktaking import use


def test_images_are_told_with_all_that_run_them() -> None:
    """One image of two workloads is one image."""
    web, db = use("a:1", "b:1"), use("a:1", workload="StatefulSet/db", namespace="pay", pods=3)
    found = lookout.by_image([web, db])
    assert {image: len(of) for image, of in found.items()} == {"a:1": 2, "b:1": 1}
    assert lookout.users(found["a:1"]) == (
        User("pay", "StatefulSet/db", 3),
        User("shop", "Deployment/web", 1),
    )
