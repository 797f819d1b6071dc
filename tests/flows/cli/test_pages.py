"""The pages of Prefect and MLflow."""

import socket

import pytest

from tests.flows.command import Command


@pytest.mark.parametrize("option", ["--prefect-port", "--mlflow-port"])
def test_a_taken_port_is_an_error_that_names_the_option(command: Command, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = command("pages", option, port)
    assert result.code == 2
    assert f"port {port}" in result.err
    assert option in result.err
    assert "http://" not in result.out
