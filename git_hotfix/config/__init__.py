"""What can be configured, with every default, and what is wrong where; knows no git and no file.

keys      the sections as frozen values: each key with its default, meaning and check
table     every key as data, derived from the sections
checks    what the value of a key must be, beyond its type
messages  commit messages with ``{placeholders}``
layers    one source of settings made of typed values, and several sources made one ``Config``
toml      reading and writing ``.hotfix.toml``
"""
