"""The command line: click, questions, output."""
