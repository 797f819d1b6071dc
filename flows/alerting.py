"""The automations that tell a person of failed runs, verdicts, drift and fallen lists, by a webhook."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.actions import CallWebhook
from prefect.events.schemas.automations import AutomationCore
from pydantic import SecretStr

FILE: Final = Path(str(files("deployments"))) / "automations.yaml"
BLOCK: Final = "seqrec"
"""Name of the block on the server that holds the address, encrypted; its pages and answers show asterisks."""


def tell(client: SyncPrefectClient, webhook: SecretStr | None) -> int:
    """Make or update the automations in the file, or remove them if there is no webhook; return how many there are.

    Args:
        client: A client of the server, which is also that of Prefect's settings.
        webhook: The address that is told.
    """
    automations = {} if webhook is None else {one.name: one for one in _automations(webhook)}
    for name in _names():
        known = client.read_automations_by_name(name)
        for old in known[0 if name not in automations else 1 :]:
            client.delete_automation(old.id)
        if name in automations and known:
            client.update_automation(known[0].id, automations[name])
        elif name in automations:
            client.create_automation(automations[name])
    return len(automations)


def _automations(webhook: SecretStr) -> Iterator[AutomationCore]:
    block = Webhook(url=webhook, headers={"Content-Type": "application/json"})
    block_id = block.save(BLOCK, overwrite=True)
    for one in _read():
        payload = one.pop("payload")
        yield AutomationCore.model_validate(
            {**one, "actions": [CallWebhook(block_document_id=block_id, payload=payload)]}
        )


def _names() -> list[str]:
    return [str(one["name"]) for one in _read()]


def _read() -> list[dict[str, Any]]:
    automations: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["automations"]
    return automations
