"""What a person is told of, by a real server and a real receiver: verdicts, drift, falls and failed runs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from uuid import uuid4

import pytest
from prefect import flow
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.states import Failed
from pydantic import SecretStr

from flows.alerting import BLOCK, tell
from flows.programs import POOL
from seqrec.errors import ConfigError
from storage.promotions import Promotion
from storage.settings import Settings
from tasks.events import emit
from tasks.publish import publish_verdict
from tests.loopback import serving
from tests.processes import until

SECRET = "/hooks/T0P-secret"


@dataclass
class Receiver:
    """A program that is told things."""

    url: str = ""
    told: list[dict[str, object]] = field(default_factory=list)

    def events(self) -> list[str]:
        """Return what it was told of, in the order of names."""
        return sorted(str(one["event"]) for one in self.told)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver on loopback."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == SECRET
            assert self.headers["Content-Type"] == "application/json"
            found.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as address:
        found.url = address + SECRET
        yield found


@pytest.fixture
def client(prefect_server: None) -> Iterator[SyncPrefectClient]:
    """Return a client of the server of all tests, without our automations afterwards."""
    with get_client(sync_client=True) as opened:
        try:
            yield opened
        finally:
            tell(opened, None)


@flow
def decide(experiment: str) -> None:
    """A flow that makes three decisions."""
    for decision in ("HOLD", "PROMOTE", "REJECT"):
        publish_verdict(experiment, promotion(decision), None)


def promotion(decision: str) -> Promotion:
    """Return a decision about a champion."""
    return Promotion.from_json(
        {"at": "", "decision": decision, "reasons": ['It is "better".'], "challenger": "sasrec"}
        | {"version": "2", "replaced": "1", "comparison": None}
    )


def test_a_person_is_told_and_the_address_stays_secret(client: SyncPrefectClient, receiver: Receiver) -> None:
    names = [f"shop_{uuid4().hex[:8]}" for _ in range(2)]
    for _ in range(2):
        assert tell(client, SecretStr(receiver.url)) == 4
    assert len([one for one in client.read_automations() if one.name.startswith("seqrec: ")]) == 4
    decide(names[0])
    emit("drift", names[0], "Half of the users are gone.", {"users": "wrong"})
    emit("fall", names[1], "hr@20 is 0.01.", {"hit_rate": 0.01})
    pool = WorkPoolCreate(name=POOL, type="process")
    client.create_work_pool(pool, overwrite=True)
    deployed = client.create_deployment(client.create_flow(decide), "failing", work_pool_name=POOL)
    failed = client.create_flow_run_from_deployment(deployed)
    client.set_flow_run_state(failed.id, Failed(message='It found a "wrong" dump.'), force=True)
    expected = [
        "prefect.flow-run.Failed",
        "seqrec.drift",
        "seqrec.fall",
        "seqrec.verdict.promote",
        "seqrec.verdict.reject",
    ]
    until(lambda: receiver.events() == expected, patience_s=60.0)
    texts = {one["text"] for one in receiver.told}
    assert f'{names[0]}: PROMOTE sasrec. It is "better".' in texts
    assert f"{names[1]}: hr@20 is 0.01." in texts
    (run,) = (one for one in receiver.told if "run" in one)
    assert run["text"] == f"the run {failed.name} failed"
    assert run["reason"] == 'It found a "wrong" dump.'
    kept = client.read_block_document_by_name(BLOCK, Webhook.get_block_type_slug(), include_secrets=False)
    assert SECRET not in kept.model_dump_json()
    assert tell(client, None) == 0
    assert not [one for one in client.read_automations() if one.name.startswith("seqrec: ")]


def test_a_webhook_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_WEBHOOK", "https://chat.example" + SECRET)
    settings = Settings()
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
    monkeypatch.setenv("SEQREC_WEBHOOK", "chat.example" + SECRET)
    with pytest.raises(ConfigError, match="http://HOST/PATH") as caught:
        Settings()
    assert SECRET not in str(caught.value)
