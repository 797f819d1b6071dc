"""Public files over HTTP: an interrupted transfer goes on, and a file appears under its name whole or not at all."""

from storage.download.download import Fetched, fetch
from storage.download.http import open_client
from storage.download.retry import RetryPolicy
from storage.download.transfer import Progress

__all__ = ["Fetched", "Progress", "RetryPolicy", "fetch", "open_client"]
