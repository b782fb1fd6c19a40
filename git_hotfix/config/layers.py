"""One source of settings made of typed values, and several sources made one ``Config``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.config import checks
from git_hotfix.config.keys import Config
from git_hotfix.config.table import Key, Kind, all_keys
from git_hotfix.errors import ExitCode, HotfixError, Problem, Remedy, command, did_you_mean

_MOST_SHOWN = 300
"""How many characters of a key or value an error shows."""

_LIKENESS = 0.4
"""Of a word that is less like an unknown one nobody says that it was meant."""


ABOUT_REQUESTS = ("pull_request", "forge", "reviewers", "labels")
"""The keys of ``remote`` that say which branches are changed by request, and how: no fix decides its own review."""


class UnknownSetting(Problem, frozen=True):
    """That nobody knows a key: it says nothing, and ``meant`` is what it may be meant for: ``deploy.command.``."""

    meant: tuple[str, ...] = ()

    def is_meant_for(self, *sections: str) -> bool:
        """Return whether it may be meant for one of these sections (``deploy.``)."""
        return any(each.startswith(sections) for each in self.meant)


class Setting(Struct, frozen=True):
    """A checked value, or the ``Problem`` with it, and where it comes from in words a person knows: ``git config``."""

    value: object
    origin: str
    is_personal: bool = False
    """Whether a person here has set it; else it came with the repository's files, whoever wrote those."""


Layer = Mapping[str, Setting]
"""The settings of one source, by dotted key; those that nobody knows, and those of a wrong value, are among them."""


class TeamCommand(Struct, frozen=True):
    """A command as it is configured: its key (``test.command``), its text, and where that comes from."""

    key: str
    line: str
    origin: str
    is_personal: bool = False

    @property
    def fingerprint(self) -> str:
        """What a consent to it is kept by: it is one to exactly this text, for this key."""
        from hashlib import sha256  # noqa: PLC0415  # 3 ms: only where a command of the team's may run

        return sha256(f"{self.key}\n{self.line}".encode()).hexdigest()


class Settings(Struct, frozen=True):
    """The configuration that counts, and the origin of each of its keys (``default`` where nobody set it)."""

    config: Config
    origins: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    """What has a wrong value, or cannot be read: it counts for nothing."""
    unknown: tuple[UnknownSetting, ...] = ()
    """The keys that nobody knows: they hold no command but those that begin or publish a fix."""
    personal: frozenset[str] = frozenset()
    """The keys that a person here has set."""

    @property
    def wrong(self) -> tuple[Problem, ...]:
        """All that is wrong with the configuration."""
        return (*self.problems, *self.unknown)

    def is_in_doubt(self, *sections: str) -> bool:
        """Return whether what sections (``deploy.``) say is not known: something is broken, or was meant for them."""
        return bool(self.problems) or any(each.is_meant_for(*sections) for each in self.unknown)

    def command(self, dotted: str) -> TeamCommand | None:
        """Return the command that a key configures; None where it is not set."""
        line = value_of(self.config, all_keys()[dotted])
        return TeamCommand(dotted, str(line), self.origins[dotted], dotted in self.personal) if line else None

    @property
    def personal_commands(self) -> tuple[str, ...]:
        """The commands that run by a person's own configuration: not everybody is to read what follows their name."""
        keys = ("test.command", "deploy.command", "deploy.check", "deploy.rollback", "worktree.setup")
        found = filter(None, map(self.command, keys))
        return tuple(each.line for each in found if each.is_personal and each.line.strip())

    def deploying_as(self, other: Settings) -> Settings:
        """Return these settings with another source's section ``deploy``, and what it says of requests.

        Where that says nothing of them, these do.
        """
        said = {each: value for each in ABOUT_REQUESTS if (value := getattr(other.config.remote, each))}
        names = {dotted for dotted, key in all_keys().items() if key.section == "deploy"}
        names |= {f"remote.{each}" for each in said}
        return Settings(
            replace(self.config, deploy=other.config.deploy, remote=replace(self.config.remote, **said)),
            {dotted: (other if dotted in names else self).origins[dotted] for dotted in all_keys()},
            problems=tuple(dict.fromkeys((*self.problems, *other.problems))),
            unknown=tuple(dict.fromkeys((*self.unknown, *other.unknown))),
            personal=(self.personal - names) | (other.personal & names),
        )


def read_layer(data: Mapping[str, object], where: str, lines: Mapping[str, int] | None = None) -> Layer:
    """Check the sections and keys of a mapping as TOML gives it; ``where`` names the file, ``lines`` where keys stand.

    What is wrong takes the place of its value: an unknown key with the nearest known one, a wrong type or value.
    """
    sections = {key.section for key in all_keys().values()}
    places = {key: f"{where}:{line}" for key, line in (lines or {}).items()}
    layer: dict[str, Setting] = {}
    for section, content in data.items():
        place = places.get(section, where)
        if section not in sections:
            layer[section] = Setting(unknown_setting(section, place), place)
        elif not isinstance(content, Mapping):
            layer[section] = Setting(_wrong(section, place, f"must be a table, not {_described(content)}"), place)
        else:
            for name, value in content.items():
                dotted = f"{section}.{name}"
                place = places.get(dotted, where)
                if dotted in all_keys():
                    layer[dotted] = setting_of(all_keys()[dotted], value, place, shown=dotted)
                else:
                    layer[dotted] = Setting(unknown_setting(dotted, place), place)
    return layer


def setting_of(key: Key, value: object, origin: str, *, shown: str, is_personal: bool = False) -> Setting:
    """Check one plain value; what is wrong with it takes its place."""
    try:
        return read_setting(key, value, origin, shown=shown, is_personal=is_personal)
    except HotfixError as error:
        return Setting(error.problems[0], origin, is_personal)


def read_setting(key: Key, value: object, origin: str, *, shown: str, is_personal: bool = False) -> Setting:
    """Check one plain value; an error calls the key ``shown``, as it is written at its origin."""
    try:
        return Setting(_typed(key, value), origin, is_personal)
    except ValueError as error:
        raise HotfixError(_wrong(shown, origin, str(error))) from error


def resolve(layers: Sequence[Layer], *broken: Problem) -> Settings:
    """Make one configuration of several sources, the strongest first; what none sets is the default.

    ``deploy.trigger = "command"`` without a command is wrong of the whole, not of a source; ``broken`` is what is
    wrong with a source that could not be read.
    """
    found = dict[str, Setting]()
    for layer in reversed(layers):
        found |= {dotted: each for dotted, each in layer.items() if not isinstance(each.value, Problem)}
    wrong = [each.value for layer in layers for each in layer.values() if isinstance(each.value, Problem)]
    unknown = tuple(each for each in wrong if isinstance(each, UnknownSetting))
    problems = [each for each in wrong if not isinstance(each, UnknownSetting)]
    problems += broken
    config = Config()
    for dotted, setting in found.items():
        key = all_keys()[dotted]
        section = replace(getattr(config, key.section), **{key.name: setting.value})
        config = replace(config, **{key.section: section})
    origins = {dotted: found[dotted].origin if dotted in found else "default" for dotted in all_keys()}
    if config.deploy.trigger == "command" and config.deploy.command is None:
        message = f"'deploy.trigger' in {origins['deploy.trigger']} is 'command', but 'deploy.command' is not set."
        remedy = command("git", "config", "hotfix.deploy.command", "make deploy-prod")
        problems.append(Problem("bad-setting", message, remedy, ExitCode.USAGE))
    personal = frozenset(dotted for dotted, each in found.items() if each.is_personal)
    return Settings(config, origins, tuple(problems), unknown, personal)


def value_of(config: Config, key: Key) -> object:
    """Return the value of a key in a configuration."""
    value: object = getattr(getattr(config, key.section), key.name)
    return value


def unknown_setting(found: str, where: str | None = None, *, in_git: bool = False) -> UnknownSetting:
    """Return the problem that nobody knows the section or the dotted key ``found``, with the nearest that is known.

    ``where`` is the file, or git's configuration (``in_git``), that has it; None: it was asked for.
    """
    found = found[:_MOST_SHOWN]  # likeness takes the square of the length
    near = nearest(found)
    meant = tuple(f"{each}." for each in (found, near) if each)
    if near in Config.__struct_fields__ and (in_git or where is None):
        near = next(each for each in all_keys() if each.startswith(f"{near}."))
    if in_git:
        found, near = f"hotfix.{found}", all_keys()[near].git_name if near else None
    message = f"Unknown key '{found}'{f' in {where}' if where else ''}."
    asked = command("git", "hotfix", "config", *filter(None, [near]))
    remedy = edit_remedy(where) if where is not None else asked
    return UnknownSetting("unknown-setting", message + did_you_mean(near), remedy, ExitCode.USAGE, meant=meant)


def nearest(found: str) -> str | None:
    """Return the known dotted key that looks most like ``found``; of one word also a section, or a key without its."""
    from difflib import get_close_matches  # noqa: PLC0415  # only when something is wrong

    keys = all_keys().values()
    words = {_plain(key.name): key.dotted for key in keys} | {key.section: key.section for key in keys}
    if "." in found:
        words = {_plain(key.dotted): key.dotted for key in keys}
    return next((words[each] for each in get_close_matches(_plain(found), words, 1, _LIKENESS)), None)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _typed(key: Key, value: object) -> object:
    """Return the value as the configuration keeps it; ``ValueError`` says what is wrong."""
    match key.kind:
        case Kind.SWITCH if isinstance(value, bool):
            return value
        case Kind.NUMBER if isinstance(value, int) and not isinstance(value, bool):
            return key.check(value)
        case Kind.TEXT if isinstance(value, str):
            return _text(key, value)
        case Kind.TEXTS if _is_texts(value):
            return _texts(key, value)
        case Kind.TABLE if isinstance(value, Mapping):
            return tuple((checks.text(glob), _paths(key, glob, paths)) for glob, paths in value.items())
        case _:
            raise ValueError(f"must be {_expected(key)}, not {_described(value)}")


def _text(key: Key, value: str) -> str | None:
    if not value.strip():
        if key.is_optional:
            return None
        raise ValueError("must not be empty")
    if key.choices and value not in key.choices:
        raise ValueError(f"must be {_expected(key)}, not '{value}'")
    return str(key.check(checks.text(value)))


def _texts(key: Key, values: Any) -> tuple[str, ...]:
    if any(not value.strip() for value in values):
        raise ValueError("must not contain an empty text")
    return tuple(str(key.check(checks.text(value))) for value in values)


def _paths(key: Key, glob: str, paths: object) -> tuple[str, ...]:
    given = (paths,) if isinstance(paths, str) else paths
    if not _is_texts(given) or not given:
        raise ValueError(f"must give '{glob}' a text or a list of texts, not {_described(paths)}")
    return _texts(key, given)


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _expected(key: Key) -> str:
    return " or ".join(f"'{choice}'" for choice in key.choices) or key.kind.value


def _described(value: object) -> str:
    return "a key without a value" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _wrong(shown: str, where: str, reason: str) -> Problem:
    said = reason if len(reason) <= _MOST_SHOWN else f"{reason[:_MOST_SHOWN]}…'"
    return Problem("bad-setting", f"'{shown}' in {where} {said}.", edit_remedy(where), ExitCode.USAGE)


def edit_remedy(origin: str) -> Remedy:
    """Return the command that opens what a setting comes from: a file, or git's configuration."""
    if not origin.startswith("git config"):
        return Remedy((origin.partition(":")[0],), in_editor=True)
    scope = origin.rstrip(")").rpartition(" ")[2].lstrip("(")  # of several the one that counts most
    if scope in {"system", "global", "local", "worktree"}:
        return command("git", "config", f"--{scope}", "--edit")
    return command("git", "config", "--list")
