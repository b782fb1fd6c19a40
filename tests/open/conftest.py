"""What must hold and does not yet: collected only with ``HOTFIX_OPEN=1``; a test that passes moves to its own part."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("HOTFIX_OPEN") else ["*"]
