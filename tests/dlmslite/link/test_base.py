from __future__ import annotations

import inspect

import pytest

from dlmslite.link.base import Link, LinkOpened
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.wrapper import WrapperLink

VERBS = [name for name in vars(Link) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [HdlcLink, WrapperLink])
@pytest.mark.parametrize("verb", VERBS)
def test_every_link_has_the_verbs_with_the_same_signature(kind: type, verb: str) -> None:
    assert inspect.signature(getattr(kind, verb)) == inspect.signature(getattr(Link, verb))


def test_a_link_without_negotiation_opens_without_parameters() -> None:
    assert LinkOpened().parameters == {}
