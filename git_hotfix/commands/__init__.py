"""Running other people's commands: critical tests, deployment, a new worktree's setup; no shell."""
