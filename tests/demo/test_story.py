"""The stories: order, office hours, variety, and that names in them are known."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuidesk.core.domain.events import ARTICLE_KINDS
from tuidesk.demo import people
from tuidesk.demo.hours import ZONE
from tuidesk.demo.steps import By, Story
from tuidesk.demo.story import SPAN, stories
from tuidesk.demo.topics import Words, long_topics, odd, phrases, topics

NOW = datetime(2026, 6, 10, 13, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def told() -> list[Story]:
    return list(stories(7, NOW, 200))


def test_the_same_seed_gives_the_same_stories() -> None:
    assert list(stories(3, NOW, 40)) == list(stories(3, NOW, 40))
    assert list(stories(3, NOW, 40)) != list(stories(4, NOW, 40))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    count=st.integers(0, 45),
)
def test_steps_are_in_order_and_in_the_past(seed: int, now: datetime, count: int) -> None:
    found = list(stories(seed, now, count))
    assert len(found) <= count
    begins = [story.steps[0].at for story in found]
    assert all(now - SPAN - timedelta(days=3) < at < now for at in begins)
    keys = {story.key for story in found}
    for story in found:
        times = [step.at for step in story.steps]
        assert times == sorted(set(times))
        assert times[-1] < now
        assert story.steps[0].said is not None
        assert story.queue in people.QUEUE_BY_NAME
        assert all(step.merge_into in keys for step in story.steps if step.merge_into is not None)
        assert all(step.sets.until > step.at for step in story.steps if step.sets.until)


@pytest.mark.parametrize("weekday", range(7))
def test_every_day_of_the_week_gets_all_of_its_stories(weekday: int) -> None:
    assert len(list(stories(1, NOW + timedelta(days=weekday), 60))) >= 58


def test_agents_write_in_office_hours(told: list[Story]) -> None:
    times = [step.at.astimezone(ZONE) for story in told for step in story.steps if step.by is By.AGENT and step.said]
    in_office = [at for at in times if at.weekday() < 5 and 8 <= at.hour < 18]
    assert len(in_office) > 0.97 * len(times)


def test_customers_write_by_day_mostly_and_on_weekends_rarely(told: list[Story]) -> None:
    begins = [story.steps[0].at.astimezone(ZONE) for story in told]
    assert sum(at.weekday() >= 5 for at in begins) < 0.12 * len(begins)
    assert sum(7 <= at.hour < 20 for at in begins) > 0.85 * len(begins)


def test_many_languages_and_every_kind_of_file(told: list[Story]) -> None:
    languages = {person.email: person.language for person in people.CUSTOMERS}
    heard = Counter(languages.get(story.customer_user, "none") for story in told)
    assert {"en", "de", "fr", "es", "it", "pl", "ru", "ja"} <= set(heard)
    files = [file for story in told for step in story.steps if step.said for file in step.said.files]
    assert {"text/plain", "text/csv", "image/png"} == {file.content_type for file in files}
    assert all(file.data.startswith(b"\x89PNG\r\n\x1a\n") for file in files if file.content_type == "image/png")
    assert max(len(file.data) for file in files) < 20_000


def test_message_ids_are_unique_and_references_lead_to_them(told: list[Story]) -> None:
    said = [step.said for story in told for step in story.steps if step.said and step.said.message_id]
    ids = [one.message_id for one in said]
    assert len(ids) == len(set(ids))
    assert {reference for one in said for reference in one.references} <= set(ids)


def test_two_threads_have_more_than_forty_articles(told: list[Story]) -> None:
    lengths = sorted(sum(step.said is not None for step in story.steps) for story in told)
    assert lengths[-2] >= 40


def test_all_kinds_are_kinds_of_articles(told: list[Story]) -> None:
    kinds = {step.said.kind for story in told for step in story.steps if step.said}
    assert kinds <= {kind.value for kind in ARTICLE_KINDS}


def test_no_word_stays_unfilled(told: list[Story]) -> None:
    texts = [step.said.body + step.said.subject for story in told for step in story.steps if step.said]
    names = [file.name for story in told for step in story.steps if step.said for file in step.said.files]
    for text in (*texts, *names, *(story.title for story in told)):
        assert not [word for word in Words.NAMES if f"${word}" in text]
        assert "{name}" not in text
        assert "{other}" not in text


def test_content_fits_the_people() -> None:
    spoken = {topic.language for topic in (*topics(), *long_topics())} | set(people.PEOPLE_BY_LANGUAGE)
    assert spoken <= set(people.PEOPLE_BY_LANGUAGE)
    assert all(phrases(language).thanks for language in spoken)
    assert all(topic.queue in people.QUEUE_BY_NAME and topic.turns for topic in topics())
    assert len(topics()) >= 40
    assert all(odd(kind) for kind in ("spam", "alarm", "begun", "call", "forward"))


def test_people_are_made_up_and_their_groups_exist() -> None:
    addresses = [person.email for person in people.CUSTOMERS] + [queue.address for queue in people.QUEUES]
    assert all(address.endswith(".example") for address in addresses)
    assert len(addresses) == len(set(addresses))
    assert {queue.group for queue in people.QUEUES} <= set(people.GROUPS)
    granted = {group for agent in people.AGENTS for group in agent.rights}
    assert granted <= {*people.GROUPS, "users", "admin", "stats"}
    assert all(people.WORKERS.values())


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        list(stories(1, datetime(2026, 1, 1), 1))  # noqa: DTZ001
