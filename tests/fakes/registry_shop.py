"""What every registry of the contract tests holds, whoever runs it: nothing in -> repositories of a shop out.

Only jane may read them, where a registry asks for names at all.
"""

from tests.fakes.registry_content import Repository, artifact, index, single


READERS = frozenset({"jane"})

WEB = index(single(name="web"), single("linux/arm64/v8", name="web"))
OLD_WEB = index(
    single(name="old-web", docker=True), single("linux/arm64/v8", name="old-web", docker=True), docker=True
)
API = single(name="api")
ARM = single("linux/arm64/v8", name="arm", docker=True)
CHART = artifact()
TORN = single(name="torn")
# Its tag was deleted again.
GONE = single(name="gone")

LOST = TORN.layers[1]
SHOP = {
    "shop/web": Repository({"1.3": OLD_WEB, "1.4": WEB, "1.4.1": WEB, "arm": ARM}, READERS),
    "shop/api": Repository({"1.0": API}, READERS),
    "shop/chart": Repository({"1.0": CHART}, READERS),
    "shop/torn": Repository({"1.0": TORN}, READERS, lost=frozenset({LOST})),
    "shop/gone": Repository({}, READERS),
}
