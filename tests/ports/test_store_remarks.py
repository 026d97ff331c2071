"""What every store promises of remarks: one suite over the remembering fake and the real store on each database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.store import SqlStore
from bot.core.history import Remark
from bot.core.model import Signal
from bot.ports import FileMark, Reading, Store
from tests.fakes_store import RememberingStore

HERE, THERE = "octo/demo", "octo/other"
NOON = datetime(2026, 2, 3, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STRANGE = "\0nul \x1a0000 \udce9 half \U0001f600 «é» \u202e\u200b " + "long" * 16_000
SILENCE = Remark(HERE, 1001, 7, "ann", NOON, NOON, "/friction silence 2w", role="admin")


@pytest.fixture(params=["fake", "sqlite file", "sqlite memory", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "fake":
        yield RememberingStore()
        return
    urls = {"sqlite file": f"sqlite:///{tmp_path}/friction.db", "sqlite memory": "sqlite://"}
    with SqlStore.open(urls.get(request.param) or request.getfixturevalue("postgres_url")) as opened:
        yield opened


def hear(store: Store, *remarks: Remark, gone: tuple[int, ...] = (), until: datetime | None = None) -> None:
    store.hear(HERE, remarks, gone, until)


def test_a_new_store_has_heard_nothing(store: Store) -> None:
    assert (store.heard(HERE), store.remarks(HERE)) == (None, ())


def test_a_remark_comes_back_as_it_was_heard(store: Store) -> None:
    own = Remark(HERE, 2, 7, "friction-bot[bot]", NOON - MINUTE, NOON, "note", own=True, robot=True)
    hear(store, SILENCE, own, until=NOON)
    assert (store.remarks(HERE), store.heard(HERE)) == ((own, SILENCE), NOON)
    assert all(type(each.own) is bool and type(each.robot) is bool for each in store.remarks(HERE))


def test_remarks_come_oldest_first_and_by_id_within_a_moment(store: Store) -> None:
    told = [
        SILENCE._replace(id=number, at=NOON + later * MINUTE) for number, later in ((5, 1), (12, 0), (9, 0), (1, 2))
    ]
    hear(store, *told)
    assert [each.id for each in store.remarks(HERE)] == [9, 12, 5, 1]


def test_every_string_that_python_knows_survives_in_a_remark(store: Store) -> None:
    strange = SILENCE._replace(by=STRANGE, body=STRANGE, role=STRANGE)
    hear(store, strange)
    store.answer(HERE, SILENCE.id, STRANGE)
    assert store.remarks(HERE) == (strange._replace(answered=STRANGE),)


def test_the_largest_ids_that_github_could_give_are_kept(store: Store) -> None:
    large = SILENCE._replace(id=10**18 - 1, issue=10**18 - 1)
    hear(store, large)
    assert store.remarks(HERE) == (large,)


def test_repositories_do_not_share_remarks_or_moments(store: Store) -> None:
    hear(store, SILENCE, until=NOON)
    store.hear(THERE, [SILENCE._replace(repository=THERE, body="other")], [], NOON + MINUTE)
    store.hear(THERE, [], [4711], None)
    assert [each.body for each in store.remarks(HERE)] == ["/friction silence 2w"]
    assert [each.body for each in store.remarks(THERE)] == ["other"]
    assert (store.heard(HERE), store.heard(THERE)) == (NOON, NOON + MINUTE)


def test_the_moment_never_goes_back_and_none_leaves_it(store: Store) -> None:
    for until in (NOON, NOON - MINUTE, None):
        hear(store, until=until)
        assert store.heard(HERE) == NOON
    hear(store, until=NOON + MINUTE)
    assert store.heard(HERE) == NOON + MINUTE


def test_an_edited_remark_has_its_new_text_and_its_old_answer(store: Store) -> None:
    hear(store, SILENCE)
    store.answer(HERE, SILENCE.id, "digest")
    edited = SILENCE._replace(body="/friction silence 3w", updated=NOON + MINUTE, role="write", answered="not this")
    hear(store, edited)
    assert store.remarks(HERE) == (edited._replace(answered="digest"),)


def test_hearing_the_same_again_changes_nothing(store: Store) -> None:
    hear(store, SILENCE, until=NOON)
    store.answer(HERE, SILENCE.id, "digest")
    hear(store, SILENCE, SILENCE, until=NOON)
    assert (store.remarks(HERE), store.heard(HERE)) == ((SILENCE._replace(answered="digest"),), NOON)


def test_a_text_of_before_the_last_edit_changes_nothing(store: Store) -> None:
    edited = SILENCE._replace(body="/friction unsilence", updated=NOON + MINUTE)
    hear(store, edited)
    hear(store, SILENCE)
    assert store.remarks(HERE) == (edited,)


def test_of_two_texts_at_once_the_later_edit_counts(store: Store) -> None:
    edited = SILENCE._replace(body="/friction unsilence", updated=NOON + MINUTE)
    hear(store, edited, SILENCE)
    assert store.remarks(HERE) == (edited,)


def test_a_role_that_could_be_asked_at_last_replaces_none(store: Store) -> None:
    hear(store, SILENCE._replace(role=""))
    hear(store, SILENCE)
    assert store.remarks(HERE) == (SILENCE,)


def test_remarks_that_are_gone_are_dropped_also_where_they_were_just_told(store: Store) -> None:
    hear(store, SILENCE, SILENCE._replace(id=2), SILENCE._replace(id=3))
    hear(store, SILENCE, gone=(SILENCE.id, 2, 4711))
    assert [each.id for each in store.remarks(HERE)] == [3]


def test_a_remark_that_comes_back_has_no_answer_any_more(store: Store) -> None:
    hear(store, SILENCE)
    store.answer(HERE, SILENCE.id, "digest")
    hear(store, gone=(SILENCE.id,))
    hear(store, SILENCE)
    assert store.remarks(HERE) == (SILENCE,)


def test_an_answer_to_what_is_not_there_is_nothing(store: Store) -> None:
    hear(store, SILENCE)
    store.answer(HERE, 4711, "digest")
    store.answer(THERE, SILENCE.id, "digest")
    assert store.remarks(HERE) == (SILENCE,)


def test_forgetting_takes_remarks_and_moments_with_it(store: Store) -> None:
    found = Signal("r", "s", "e", (), NOON)
    store.absorb([Reading(FileMark("f", "1", "reader", frozenset()), (), (found,), {"r": "d"})])
    hear(store, SILENCE, until=NOON)
    store.forget()
    assert (store.remarks(HERE), store.heard(HERE)) == ((), None)


def test_thousands_of_remarks_are_heard_at_once(store: Store) -> None:
    many = [SILENCE._replace(id=number) for number in range(1, 3001)]
    hear(store, *many)
    hear(store, *many, gone=tuple(range(1, 2000)))
    assert [each.id for each in store.remarks(HERE)] == list(range(2000, 3001))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_processes_hear_at_once_and_nothing_is_lost(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/f.db" if kind == "sqlite" else str(request.getfixturevalue("postgres_url"))

    def listen(first: int) -> None:
        with SqlStore.open(url) as mine:
            for number in range(first, first + 20):
                hear(mine, SILENCE._replace(id=number), SILENCE, until=NOON + number * MINUTE)

    threads = [Thread(target=listen, args=(2000 + 100 * each,)) for each in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with SqlStore.open(url) as store:
        assert len(store.remarks(HERE)) == 61
        assert store.heard(HERE) == NOON + 2219 * MINUTE


_MOMENTS = st.integers(0, 3).map(lambda minutes: NOON + minutes * MINUTE)
_TOLD = st.builds(
    lambda number, updated, role: SILENCE._replace(id=number, updated=updated, body=f"as of {updated}", role=role),
    st.integers(1, 3), _MOMENTS, st.sampled_from(["", "read"]),
)  # fmt: skip
_STEPS = st.one_of(
    st.tuples(
        st.just("hear"),
        st.lists(_TOLD, max_size=3),
        st.lists(st.integers(1, 3), max_size=1),
        st.one_of(st.none(), _MOMENTS),
    ),
    st.tuples(st.just("answer"), st.integers(1, 3), st.sampled_from(["", "yes", "no"])),
)


@given(st.lists(_STEPS, max_size=8))
def test_the_database_remembers_what_the_plain_model_does(steps: list[tuple[Any, ...]]) -> None:
    model = RememberingStore()
    with SqlStore.open("sqlite://") as real:
        for what, *given_ in steps:
            for each in (model, real):
                getattr(each, what)(HERE, *given_)
            assert (real.remarks(HERE), real.heard(HERE)) == (model.remarks(HERE), model.heard(HERE))
