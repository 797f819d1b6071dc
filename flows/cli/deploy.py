"""Deploy to a Prefect server that runs already, such as that of a team."""

from typing import Annotated

import typer

from flows.cli.display import console, show
from flows.cli.services import Dump, Experiment


def deploy(
    experiment: Experiment = None,
    data: Dump = None,
    pool: Annotated[str, typer.Option(help="Work pool of what does not train.")] = "seqrec",
    gpu_pool: Annotated[
        str | None, typer.Option(help="Work pool of what trains; by default the same as the other.")
    ] = None,
) -> None:
    """Deploy what runs every night to the server that PREFECT_API_URL names, and start nothing.

    For each pool, start workers: `prefect worker start --pool NAME --type process`. They must find the experiment's
    file and the dump at the same places.
    """
    import os

    from flows.environment import prepare_background
    from flows.probe import probe_servers
    from flows.server import URL
    from seqrec.errors import ConfigError
    from seqrec.redact import redact
    from storage.settings import Settings

    settings, out, api = Settings(), console(), os.environ.get(URL)
    if not api:
        raise ConfigError(
            URL,
            got="no address",
            expected="the address of the API of a Prefect server, such as http://HOST:4200/api",
            remedy=f"Set {URL}, or run `seqrec up`, which starts a server on this machine.",
        )
    prepare_background(settings)
    probe_servers(settings)
    from flows import deploying
    from flows.heartbeats import crash_without

    pools, target = (pool, gpu_pool or pool), deploying.target_of(settings, experiment, data)
    with deploying.connected(api) as client:
        deploying.make_pools(client, *dict.fromkeys(pools))
        crash_without(client)
    deploying.deploy(settings, api, target, *pools)
    show(out, "runs    ", f"{target.experiment}, on the dump in {target.data}")
    show(out, "deployed", f"to {redact('uri', api)}; pools {', '.join(dict.fromkeys(pools))}")
