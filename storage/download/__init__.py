"""Downloads of public files over HTTPS, which resume after an interruption and name a file only when it is complete."""

from storage.download.download import Fetched, Progress, fetch
from storage.download.http import open_client

__all__ = ["Fetched", "Progress", "fetch", "open_client"]
