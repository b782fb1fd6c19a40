"""The loop on tiny steps made by hand: what is asked together, what is performed, how a run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.engine.loop import Command, Outcome, carry_out, exit_code, plan
from git_hotfix.engine.step import Done, Note, Question, Questions, Refusal, Step, Undecided
from git_hotfix.errors import ExitCode, HotfixError, Problem, command

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.engine.step import Due

REMEDY = command("git", "hotfix", "status")


def problem(code: str, exit_code: ExitCode = ExitCode.REFUSED, about: str | None = None) -> Problem:
    return Problem(code, f"{code}.", REMEDY, exit_code, about)


class World:
    """What the steps look at and change: ``due`` is what each kind answers next, ``log`` what was performed."""

    def __init__(self, **due: Any) -> None:
        self.due: dict[str, Any] = due
        self.log: list[str] = []
        self.notes: list[str] = []
        self.ends: dict[str, Any] = {}
        self.published = False
        self.looks = 0

    def note(self, text: str) -> None:
        """Hear a note, as a run does."""
        self.notes.append(text)

    def tell(self, event: object) -> None:
        """Hear that a step begins, as a run does."""

    @property
    def world(self) -> World:
        """What a step is described by."""
        return self

    def look(self) -> World:
        self.looks += 1
        return self


class Wanted(Struct, frozen=True):
    """A request with one answer."""

    answer: str | None = None


class Made(Step, frozen=True):
    """A step that does what the world says; it stays due unless the world says otherwise."""

    does: ClassVar[str] = "make it"
    text: str = ""
    kind: ClassVar[str] = ""

    @classmethod
    def decide(cls, facts: World, request: Wanted) -> Due:
        due = facts.due.get(cls.kind)
        return due(facts, request) if callable(due) else due

    def perform(self, run: Any) -> Done:
        run.log.append(f"{self.kind}{self.text}")
        end = run.ends.get(self.kind)
        if isinstance(end, HotfixError):
            raise end
        if callable(end):
            end = end(run)
        return end or Done()


class A(Made, frozen=True):
    kind = "a"

    @staticmethod
    def due(facts: World, request: Wanted) -> Due:
        return A.decide(facts, request)


class B(Made, frozen=True):
    kind = "b"

    @staticmethod
    def due(facts: World, request: Wanted) -> Due:
        return B.decide(facts, request)


class Again(Made, frozen=True):
    kind = "again"
    is_repeatable = True

    @staticmethod
    def due(facts: World, request: Wanted) -> Due:
        return Again.decide(facts, request)


class Last(Made, frozen=True):
    """Ends the run by an error also after publication, and by a problem."""

    kind = "last"
    ends_on_error = True
    ends_on_problem = True

    @staticmethod
    def due(facts: World, request: Wanted) -> Due:
        return Last.decide(facts, request)


KINDS = (A, B, Again, Last)


def the_command(*conditions: Callable[[World, Wanted], Any], **more: Any) -> Command[World, Wanted]:
    return Command("try", more.pop("steps", KINDS), tuple(conditions), **more)


def question(field: str, **more: Any) -> Question:
    return Question(field, f"--{field}", f"{field}?", **more)


def refuses(*codes: str) -> Refusal:
    return Refusal(tuple(map(problem, codes)))


def go(
    world: World,
    *conditions: Callable[[World, Wanted], Any],
    ask: Callable[[Questions, Wanted], Wanted] | None = None,
    dry_run: bool = False,
    **more: Any,
) -> tuple[Outcome[World], Wanted]:
    """Carry the command out; a question that nobody expects fails the test."""

    def unexpected(questions: Questions, _request: Wanted) -> Wanted:
        raise AssertionError(questions)

    run: Any = world
    return carry_out(
        the_command(*conditions, **more),
        run,
        world.look,
        Wanted(),
        ask or unexpected,
        is_published=lambda facts: facts.published,
        dry_run=dry_run,
    )


# plan


def test_problems_and_questions_of_all_steps_come_together() -> None:
    both = Refusal((problem("one"), problem("two")), (question("x"),))
    world = World(a=both, b=Questions((question("y"),)), again=A(), last=Refusal((problem("three"),), (question("z"),)))
    found = plan(the_command(), world, Wanted())
    assert found.refusal is not None
    assert [each.code for each in found.refusal.problems] == ["one", "two", "three"]
    assert [each.field for each in found.refusal.questions] == ["x", "z"]
    assert (found.steps, found.questions) == ((), None)


def test_problem_and_question_that_two_steps_have_are_told_once() -> None:
    same = Refusal((problem("one"),), (question("x"),))
    found = plan(the_command(), World(a=same, b=same), Wanted())
    assert found.refusal == same
    asks = Questions((question("x"),))
    assert plan(the_command(), World(a=asks, b=asks), Wanted()).questions == asks


def test_questions_of_all_steps_are_asked_under_the_first_screen() -> None:
    world = World(
        a=Questions((question("x"),)),
        b=Questions((question("y"), question("z")), ("screen of b",)),
        again=Again(),
        last=Questions((question("w"),), ("screen of last",)),
    )
    found = plan(the_command(), world, Wanted())
    assert found.questions == Questions(tuple(map(question, "xyzw")), ("screen of b",))
    assert (found.steps, found.refusal) == ((), None)


def test_steps_come_in_the_order_of_the_command_with_the_notes() -> None:
    world = World(last=Last(), a=A("1"), b=Note("nothing for b"))
    found = plan(the_command(), world, Wanted())
    assert found == ((A("1"), Last()), None, None, ("nothing for b",), ())
    assert plan(the_command(steps=(Last, A)), world, Wanted()).steps == (Last(), A("1"))
    assert plan(the_command(), World(), Wanted()).steps == ()


@pytest.mark.parametrize(
    ("condition", "refusal", "questions"),
    [
        (refuses("never"), ["never"], None),
        (Questions((question("first"),)), None, ["first"]),
        (None, ["later"], None),
    ],
)
def test_conditions_come_before_any_step(
    condition: Refusal | Questions | None, refusal: list[str] | None, questions: list[str] | None
) -> None:
    world = World(a=refuses("later"), b=Questions((question("y"),)))
    found = plan(the_command(lambda _facts, _request: condition), world, Wanted())
    assert (found.refusal and [each.code for each in found.refusal.problems]) == refusal
    assert (found.questions and [each.field for each in found.questions.questions]) == questions


def test_all_conditions_are_told_together() -> None:
    found = plan(
        the_command(lambda *_: refuses("one"), lambda *_: None, lambda *_: refuses("two")), World(a=A()), Wanted()
    )
    assert found.refusal == refuses("one", "two")


def test_kinds_that_were_performed_are_not_asked_again_but_repeatable_ones_are() -> None:
    world = World(a=A(), b=B(), again=Again(), last=Last())
    assert plan(the_command(), world, Wanted(), [A, Again, Last]).steps == (B(), Again())


# carry_out


def test_one_step_at_a_time_and_the_world_is_looked_at_after_each() -> None:
    world = World(a=A(), b=lambda facts, _: B() if "a" in facts.log else None)
    outcome, _ = go(world)
    assert world.log == ["a", "b"]
    assert world.looks == 3
    assert outcome == Outcome(world, (), (), ())


def test_each_kind_is_performed_once_and_a_repeatable_one_never_twice_the_same() -> None:
    world = World(a=A(), again=lambda facts, _: Again(str(min(facts.log.count("again0") + len(facts.log) - 1, 2))))
    go(world)
    assert world.log == ["a", "again0", "again2"]
    other = World(a=lambda facts, _: A(str(len(facts.log))), last=Last())
    go(other)
    assert other.log == ["a0", "last"]


def test_questions_are_asked_until_they_are_answered() -> None:
    asked: list[Questions] = []

    def ask(questions: Questions, request: Wanted) -> Wanted:
        asked.append(questions)
        return replace(request, answer="yes" if len(asked) == 2 else "hm")

    world = World(a=lambda _facts, request: A() if request.answer == "yes" else Questions((question("answer"),)))
    _, request = go(world, ask=ask)
    assert (len(asked), request, world.log) == (2, Wanted("yes"), ["a"])


def test_refusal_before_anything_was_done_names_the_decisions() -> None:
    refused = Refusal((problem("no"), problem("missing", ExitCode.USAGE)), (question("x"),))
    world = World(a=A(), b=refused)
    with pytest.raises(Undecided) as raised:
        go(world)
    assert (raised.value.problems, raised.value.questions) == (refused.problems, refused.questions)
    assert raised.value.exit_code is ExitCode.USAGE
    assert (world.log, world.looks) == ([], 1)


def test_refusal_after_a_step_ends_the_run_with_its_own_code_while_nothing_is_published() -> None:
    reported = problem("noticed", ExitCode.SERVER)
    world = World(a=A(), b=lambda facts, _: refuses("late") if facts.log else None, last=Last())
    world.ends["a"] = Done((reported,))
    with pytest.raises(HotfixError) as raised:
        go(world)
    assert not isinstance(raised.value, Undecided)
    assert raised.value.problems == (reported, problem("late"))
    assert world.log == ["a"]


def test_refusal_after_publication_is_reported() -> None:
    world = World(a=A(), b=lambda facts, _: refuses("late") if facts.log else None, last=Last())
    world.published = True
    outcome, _ = go(world)
    assert outcome.problems == (problem("late"),)
    assert world.log == ["a"]


@pytest.mark.parametrize("code", [ExitCode.REFUSED, ExitCode.SERVER, ExitCode.TESTS, ExitCode.WAITING])
def test_error_before_publication_ends_the_run(code: ExitCode) -> None:
    world = World(a=A(), b=B())
    world.ends["a"] = HotfixError(problem("failed", code))
    with pytest.raises(HotfixError) as raised:
        go(world)
    assert raised.value.exit_code is code
    assert world.log == ["a"]


@pytest.mark.parametrize(
    ("code", "reported"),
    [
        (ExitCode.REFUSED, ExitCode.UNFINISHED),
        (ExitCode.USAGE, ExitCode.UNFINISHED),
        (ExitCode.SERVER, ExitCode.UNFINISHED),
        (ExitCode.WAITING, ExitCode.UNFINISHED),
        (ExitCode.UNFINISHED, ExitCode.UNFINISHED),
        (ExitCode.DEPLOYMENT, ExitCode.DEPLOYMENT),
        (ExitCode.GAP, ExitCode.GAP),
    ],
)
def test_error_after_publication_is_reported_and_the_rest_goes_on(code: ExitCode, reported: ExitCode) -> None:
    world = World(a=A(), b=B())
    world.published = True
    world.ends["a"] = HotfixError(problem("failed", code, "backport develop"), problem("too", code))
    outcome, _ = go(world)
    assert outcome.problems == (problem("failed", reported, "backport develop"), problem("too", reported))
    assert world.log == ["a", "b"]


def test_step_that_publishes_is_judged_by_what_was_before_it() -> None:
    def publishes(world: World) -> Done:
        world.published = True
        raise HotfixError(problem("failed", ExitCode.SERVER))

    world = World(a=A())
    world.ends["a"] = publishes
    with pytest.raises(HotfixError):
        go(world)


def test_error_of_a_step_that_must_not_fail_ends_the_run_after_publication_too() -> None:
    world = World(last=Last())
    world.published = True
    world.ends["last"] = HotfixError(problem("failed", ExitCode.SERVER))
    with pytest.raises(HotfixError) as raised:
        go(world)
    assert raised.value.exit_code is ExitCode.SERVER


def test_problem_of_a_step_is_reported_and_ends_the_run_only_where_it_says_so() -> None:
    steps = (A, Last, B)
    world = World(a=A(), b=B(), last=Last())
    world.ends["a"] = Done((problem("noticed"),))
    assert go(world, steps=steps)[0].problems == (problem("noticed"),)
    assert world.log == ["a", "last", "b"]
    world = World(a=A(), b=B(), last=Last())
    world.ends["last"] = Done((problem("stays"),))
    assert go(world, steps=steps)[0].problems == (problem("stays"),)
    assert world.log == ["a", "last"]


def test_world_that_has_moved_begins_the_plan_again() -> None:
    world = World(a=A(), b=B())
    world.ends["b"] = lambda world: Done(repeats=world.log.count("b") == 1)
    go(world)
    assert world.log == ["a", "b", "a", "b"]


def test_refusal_after_the_plan_began_again_is_one_before_anything_was_done() -> None:
    world = World(a=A(), b=lambda facts, _: refuses("moved") if facts.log else None)
    world.ends["a"] = Done(repeats=True)
    with pytest.raises(Undecided):
        go(world)


def test_dry_run_tells_the_plan_and_performs_nothing() -> None:
    world = World(a=A(), b=Note("nothing for b"), last=Last())
    outcome, _ = go(world, dry_run=True, notes=lambda _facts, _request: ("mind the gap",))
    assert outcome == Outcome(world, (), (A(), Last()), ("nothing for b", "mind the gap"))
    assert (world.log, world.looks) == ([], 1)
    with pytest.raises(Undecided):
        go(World(a=refuses("no")), dry_run=True)


def test_dry_run_tells_what_would_be_asked_and_goes_on() -> None:
    def decide(_facts: World, request: Wanted) -> Due:
        sure = Question("answer", "--sure", "Are you?", "confirm", default="yes")
        return A() if request.answer else Refusal((problem("undecided", ExitCode.USAGE),), (sure,))

    outcome, _ = go(World(a=decide, b=B()), dry_run=True)
    assert outcome.planned == (A(), B())
    assert outcome.notes == ("This would be asked (--sure): Are you?",)
    assert [each.option for each in outcome.questions] == ["--sure"]
    with pytest.raises(Undecided):
        go(World(a=Refusal((problem("undecided"),), (Question("answer", "--name NAME", "Which?"),))), dry_run=True)


def test_dry_run_takes_what_stands_for_an_answer_and_lists_what_need_not_be_answered() -> None:
    which = Question("answer", "--name NAME", "Which?", supposed="NAME")
    why = Question("why", "--why TEXT", "Why?", required=False)

    def decide(_facts: World, request: Wanted) -> Due:
        return A(text=request.answer) if request.answer else Refusal((problem("undecided"),), (which,))

    outcome, _ = go(World(a=decide), dry_run=True, optional=lambda _facts, _request: (why,))
    assert outcome.planned == (A(text="NAME"),)
    assert outcome.questions == (which, why)
    assert outcome.notes[-1] == "This can be answered (--why TEXT): Why?"


def test_notes_are_told_once_and_new_ones_when_they_come() -> None:
    world = World(a=A(), b=lambda facts, _: Note("from b") if facts.log else None)
    outcome, _ = go(world, notes=lambda facts, _request: ("first", *facts.log))
    assert world.notes == ["first", "from b", "a"]
    assert outcome.notes == ("first", "from b", "a")


def test_note_that_was_on_the_screen_is_not_told_again() -> None:
    asked = Questions((question("answer"),), ("head", "mind the gap"))
    world = World(a=lambda _facts, request: A() if request.answer else asked)
    outcome, _ = go(
        world,
        ask=lambda _questions, request: replace(request, answer="yes"),
        notes=lambda _facts, _request: ("mind the gap", "and the step"),
    )
    assert world.notes == ["and the step"]
    assert outcome.notes == ("mind the gap", "and the step")


def test_screen_is_shown_once_and_then_what_is_new_of_it() -> None:
    seen: list[tuple[str, ...]] = []
    screens = {None: ("head", "", "tests: to be chosen"), "none": ("head", "", "tests: skipped")}

    def answer(questions: Questions, request: Wanted) -> Wanted:
        seen.append(questions.screen)
        return replace(request, answer="none" if request.answer is None else "yes")

    def due(_facts: World, request: Wanted) -> Any:
        return Questions((question("answer"),), screens[request.answer]) if request.answer in screens else A()

    go(World(a=due), ask=answer)
    assert seen == [screens[None], ("tests: skipped",)]


def test_notes_of_a_refused_plan_are_not_told() -> None:
    world = World(a=Note("nothing for a"), b=refuses("no"))
    with pytest.raises(Undecided):
        go(world, notes=lambda _facts, _request: ("mind the gap",))
    assert world.notes == []


# exit_code


@pytest.mark.parametrize(
    ("incomplete", "codes", "expected"),
    [
        (ExitCode.UNFINISHED, (), ExitCode.DONE),
        (ExitCode.UNFINISHED, (ExitCode.UNFINISHED,), ExitCode.UNFINISHED),
        (ExitCode.UNFINISHED, (ExitCode.GAP,), ExitCode.UNFINISHED),
        (ExitCode.UNFINISHED, (ExitCode.REFUSED, ExitCode.DEPLOYMENT), ExitCode.DEPLOYMENT),
        (ExitCode.GAP, (), ExitCode.DONE),
        (ExitCode.GAP, (ExitCode.DEPLOYMENT, ExitCode.REFUSED), ExitCode.GAP),
        (ExitCode.WAITING, (ExitCode.REFUSED,), ExitCode.WAITING),
    ],
)
def test_exit_code_of_a_run(incomplete: ExitCode, codes: tuple[ExitCode, ...], expected: ExitCode) -> None:
    found = exit_code(the_command(incomplete=incomplete), [problem("x", code) for code in codes])
    assert found is expected
