"""Public files over HTTPS: interrupted transfers are resumed, and a file gets its name only when it is complete."""

from storage.download.download import Fetched, Progress, fetch
from storage.download.http import open_client

__all__ = ["Fetched", "Progress", "fetch", "open_client"]
