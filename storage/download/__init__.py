"""Public files over HTTP: an interrupted transfer goes on, and a file appears under its name whole or not at all."""

from storage.download.answers import open_client
from storage.download.checked import Fetched, fetch
from storage.download.patience import Patience
from storage.download.transfer import Progress

__all__ = ["Fetched", "Patience", "Progress", "fetch", "open_client"]
