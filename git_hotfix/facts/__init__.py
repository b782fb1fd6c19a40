"""One complete observation of a hotfix: asked lazily, each answer once; nothing here fetches or writes a ref."""
