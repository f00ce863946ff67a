"""What people do, from which everything paid or insured follows: learn, work, farm, look for work, draw a pension."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate
from random import Random

from mianzheng.city.bodies import KINDS
from mianzheng.city.calendar import YEAR, add_months, add_years, day_between, months_between
from mianzheng.city.inhabitants import Body, Person, Work

# `pensioner` draws the pension of a job, `old` the residents' pension.
STATES: tuple[str, ...] = ("child", "pupil", "student", "employee", "official", "flexible", "trader", "farmer")
STATES += ("unemployed", "pensioner", "old", "none")
_GROWN = (("employee", 46), ("flexible", 16), ("farmer", 14), ("unemployed", 5), ("none", 19))
_YOUNG = (("student", 52), ("employee", 28), ("flexible", 8), ("unemployed", 4), ("none", 8))
_GAP = 0.22  # of the employed paid with a gap in the last years
_JOB_PENSION = 0.5  # of those who have reached the age draw the pension of a job, fewer of the oldest
_OLD_AGE = 60  # the residents' pension
_GRADUAL = date(2025, 1, 1)  # the first month of the gradual rule 渐进式延迟退休
_STAFF = {kind.name: kind.staff for kind in KINDS}


def retire_due(birth: date, age: int) -> date:
    """Return the statutory day of retirement of someone whose old retirement age is 60, 55 or 50.

    From 2025 a month later for each four months of birth (each two for 50), at most three years
    (five for 50): decision of the Standing Committee of 2024-09-13.
    """
    due = add_years(birth, age)
    if due < _GRADUAL:
        return due
    step, most = (2, 60) if age == 50 else (4, 36)
    return add_months(due, min(months_between(_GRADUAL, due.replace(day=1)) // step + 1, most))


def give_work(rng: Random, people: list[Person], bodies: list[Body], today: date) -> None:
    """Set `work` of every living person of a block, and the staff of its bodies."""
    runs = {id(body.person): body for body in bodies if body.active}
    places = [body for body in bodies if body.active and body.kind != "trader"]
    weights = list(accumulate(_STAFF[body.kind] for body in places))
    for person in people:
        if person.resident:
            person.work = _work(rng, person, runs.get(id(person)), today)
            if person.work.state == "employee" and places:
                _employ(person.work, person, rng.choices(places, cum_weights=weights)[0])


def _work(rng: Random, person: Person, own: Body | None, today: date) -> Work:
    age = person.age
    if age < 6:
        return Work("child")
    if age < 16 or (age < 18 and rng.random() < 0.93):
        return Work("pupil")
    due = retire_due(person.birth, 60 if person.male else rng.choices((50, 55), weights=(6, 4))[0])
    if due <= today and rng.random() < _JOB_PENSION * (1 if person.birth.year > 1950 else 0.6):
        return Work("pensioner", due, months_paid=rng.randrange(180, 480), retire_due=due)
    if age >= _OLD_AGE:
        since = add_years(person.birth, _OLD_AGE)
        return Work("old", since, months_paid=rng.randrange(0, 190), retire_due=since)
    return _active(rng, person, own, due, today)


def _active(rng: Random, person: Person, own: Body | None, due: date, today: date) -> Work:
    if own is not None:
        state = "trader" if own.kind == "trader" else "employee"
        return _insured(rng, Work(state, own.established_on, own, retire_due=due), today)
    table = _YOUNG if person.age < 23 else _GROWN
    state = rng.choices([name for name, _ in table], weights=[share for _, share in table])[0]
    begun = day_between(rng, add_years(person.birth, 18 if person.age < 23 else 20), today)
    return _insured(rng, Work(state, begun, retire_due=due), today)


def _insured(rng: Random, work: Work, today: date) -> Work:
    if work.since is None or work.state not in ("employee", "flexible", "trader", "unemployed"):
        return work
    months = max(months_between(work.since, today), 0)
    gap = rng.randrange(1, 30) if rng.random() < _GAP else 0
    work.months_paid = max(months - gap, 0)
    work.consecutive_months = min(work.months_paid, rng.randrange(1, 60)) if gap else work.months_paid
    work.base_yuan = max(4462, int(rng.lognormvariate(8.75, 0.35)) // 10 * 10)
    if work.state == "unemployed":
        work.lost_on = today - timedelta(days=int(min(rng.expovariate(1 / (0.7 * YEAR)), 4 * YEAR)))
        work.consecutive_months = 0
        work.months_paid = max(months_between(work.since, work.lost_on), 0)
    return work


def _employ(work: Work, person: Person, place: Body) -> None:
    if work.employer is not None:
        return
    if place.kind in ("institution", "school"):
        work.state = "official"
    work.employer = place
    # Nobody is paid by a body before it was founded: the months before were paid by another one.
    work.since = max(work.since or place.established_on, place.established_on)
    place.staff.append(person)
