"""Bent payloads: none raises, none hides its neighbours, each ends in time."""

import pytest

from .bend import Bender
from .conftest import TOTALS
from .readers import READERS, Reader

_PAGE = 20


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", READERS)
async def test_bent_payloads(
    kind: type[Reader], request: pytest.FixtureRequest, socket_enabled: None
) -> None:
    """Whatever a system sends, it is read or refused, and its neighbours are kept."""
    reader = kind()
    await reader.load()
    assert len(reader.payloads) >= 10
    kinds = sum(other.vendor == kind.vendor for other in READERS)
    count = request.config.getoption("--payloads") // kinds
    bender = Bender(request.config.getoption("--payload-seed"))
    for begin in range(0, count, _PAGE):
        whole = reader.payloads[begin // _PAGE % len(reader.payloads)]
        (*expected,) = reader.keys([whole])
        page = [
            reader.bend(bender, bender.random.choice(reader.payloads))
            for _ in range(min(_PAGE, count - begin))
        ]
        found = reader.keys([*page[: _PAGE // 2], whole, *page[_PAGE // 2 :]])
        assert set(expected) <= set(found), "a good neighbour was lost"
        TOTALS[f"{kind.vendor} read"] += len(found) - len(expected)
        TOTALS[f"{kind.vendor} bent"] += len(page)
