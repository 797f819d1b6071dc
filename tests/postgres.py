"""A PostgreSQL server on this machine that runs during a block."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import free_port

PASSWORD = "a-word-that-no-log-may-show"
USER = "seqrec"


def missing() -> str | None:
    """Return what is missing to run a server, or None."""
    programs = [name for name in ("initdb", "pg_ctl", "postgres") if shutil.which(name) is None]
    if programs:
        return f"PostgreSQL is not installed: no {', '.join(programs)}"
    if os.getuid() == 0 and (shutil.which("setpriv") is None or _unprivileged() is None):
        return "PostgreSQL refuses to run as root, and there is no `setpriv` or no user to run it as"
    return None


@contextmanager
def postgres(*databases: str) -> Iterator[str]:
    """Start a server with empty databases, and yield `USER:PASSWORD@HOST:PORT`."""
    # Its user may have no access to the folders of the tests.
    with tempfile.TemporaryDirectory(prefix="seqrec-postgres-") as folder:
        data, port = Path(folder, "data"), free_port()
        secret = Path(folder, "password")
        secret.write_text(PASSWORD)
        if os.getuid() == 0:
            user = _unprivileged()
            assert user is not None
            for path in (Path(folder), secret):
                os.chown(path, user.pw_uid, user.pw_gid)
        _call("initdb", "-D", data, "-U", USER, "--pwfile", secret, "-A", "scram-sha-256", "--no-sync", "-E", "UTF8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        _call("pg_ctl", "-D", data, "-w", "-l", Path(folder, "log"), "-o", options, "start")
        try:
            address = f"{USER}:{PASSWORD}@127.0.0.1:{port}"
            for name in databases:
                _create_database(address, name)
            yield address
        finally:
            _call("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _create_database(address: str, name: str) -> None:
    import psycopg2

    connection = psycopg2.connect(f"postgresql://{address}/postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'create database "{name}"')
    finally:
        connection.close()


def _call(*command: object) -> None:
    line = [str(part) for part in command]
    if os.getuid() == 0:
        user = _unprivileged()
        assert user is not None
        line = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *line]
    subprocess.run(line, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/")


def _unprivileged() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None
