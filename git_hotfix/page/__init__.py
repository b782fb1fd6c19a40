"""What the incidents of repositories come to: the figures, the charts, the page and the other forms of it."""
