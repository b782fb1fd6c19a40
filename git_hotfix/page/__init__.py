"""The report on incidents: metrics, charts, the HTML page and the other formats."""
