"""What can be configured, with every default, and what is wrong where; knows no git and no file.

keys      the sections as frozen values: each key with its default, meaning and check
table     every key as data, derived from the sections
checks    what the value of a key must be, beyond its type
messages  commit messages with ``{placeholders}``
layers    one source of settings made of typed values, and several sources made one ``Config``
toml      reading and writing ``.hotfix.toml``
"""

from git_hotfix.config.keys import (
    Branches,
    Cleanup,
    Config,
    CriticalTests,
    Deploy,
    Documents,
    Incident,
    Messages,
    Names,
    Remote,
    Scope,
    Start,
    Tag,
    Tracker,
    Worktree,
)
from git_hotfix.config.layers import (
    Layer,
    Setting,
    Settings,
    TeamCommand,
    edit_remedy,
    read_layer,
    read_setting,
    resolve,
    value_of,
)
from git_hotfix.config.messages import PLACEHOLDERS, fill_message
from git_hotfix.config.table import Key, Kind, all_keys
from git_hotfix.config.toml import key_lines, parse_toml, render_toml, toml_value

__all__ = [
    "PLACEHOLDERS",
    "Branches",
    "Cleanup",
    "Config",
    "CriticalTests",
    "Deploy",
    "Documents",
    "Incident",
    "Key",
    "Kind",
    "Layer",
    "Messages",
    "Names",
    "Remote",
    "Scope",
    "Setting",
    "Settings",
    "Start",
    "Tag",
    "TeamCommand",
    "Tracker",
    "Worktree",
    "all_keys",
    "edit_remedy",
    "fill_message",
    "key_lines",
    "parse_toml",
    "read_layer",
    "read_setting",
    "render_toml",
    "resolve",
    "toml_value",
    "value_of",
]
