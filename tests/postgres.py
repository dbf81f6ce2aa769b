#!/usr/bin/env python3
"""Runs one throwaway PostgreSQL, migrated from `infra/migrations/`, and PgBouncer in front of it.

    python3 tests/postgres.py

Once both answer, it prints one line of JSON:

    {"port": …, "bouncer_port": …, "ca_file": …, "superuser": …, "passwords": {role: …},
     "template": …, "directory": …}

and then obeys the lines of its standard input: `stop`, `start` and `restart` PostgreSQL, each
answered with the line `done`. PgBouncer stays, and is started anew by `start` alone. At the end of
the input, or on SIGTERM, both end, and nothing of them is left.

A test takes a database of its own: `CREATE DATABASE … TEMPLATE <template>`. The superuser needs no
password. In a database named `iam` every other role has to send its password as it is, and over
TLS, which is how RDS takes an IAM token. The certificate is for `localhost`, not for 127.0.0.1.

    python3 tests/postgres.py --missing

prints the Debian packages that it needs and does not find.
"""

import contextlib
import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import processes
from processes import HOST, ServiceError, Started

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "infra" / "migrations"
PROGRAMS = ["initdb", "pg_isready", "postgres", "psql"]
SUPERUSER = "postgres"
TEMPLATE = "template_portcullis"
PASSWORDS = {
    "portcullis_administrator": "administrator-password",
    "portcullis_authorizer": "authorizer-password",
    "portcullis_operator": "operator-password",
}
# It waits for a checkpoint, and then for every session to end.
STOP_SECONDS = 30

SETTINGS = """
port = {port}
listen_addresses = '127.0.0.1, ::1'
unix_socket_directories = '{directory}'
max_connections = 200
ssl = on
ssl_cert_file = '{directory}/server.pem'
ssl_key_file = '{directory}/server.key'
timezone = 'UTC'
# Nothing here outlives the tests, and nothing works while they measure.
autovacuum = off
fsync = off
full_page_writes = off
synchronous_commit = off
max_wal_senders = 0
wal_level = minimal
"""

# The first line that fits is taken.
ACCESS = f"""
host      all {SUPERUSER}          all trust
hostssl   iam all               all password
hostnossl iam all               all reject
host      all {",".join(PASSWORDS)} all scram-sha-256
"""

# It stands for RDS Proxy: between two transactions a session keeps nothing, and no parameter passes
# at the start that PgBouncer does not know.
BOUNCER = """
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = {host}
listen_port = {bouncer_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {directory}/passwords
client_tls_sslmode = allow
client_tls_cert_file = {directory}/server.pem
client_tls_key_file = {directory}/server.key
pool_mode = transaction
default_pool_size = 1
max_client_conn = 200
server_reset_query = DISCARD ALL
server_reset_query_always = 1
# After a failure it would refuse everyone for 15 s.
server_login_retry = 0.1
"""
# What version 1.21 brought, and no older one accepts.
BOUNCER_1_21 = "max_prepared_statements = 0\n"

CERTIFICATES = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
"""


def main(arguments: list[str]) -> int:
    if arguments == ["--missing"]:
        print(*missing())
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    processes.exit_on(signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    try:
        with running() as cluster:
            print(cluster.description(), flush=True)
            obey(cluster, sys.stdin)
    except ServiceError as error:
        print(f"postgres: {error}", file=sys.stderr)
        return 1
    return 0


def obey(cluster: "Cluster", lines: Iterable[str]) -> None:
    orders = {"start": cluster.start, "stop": cluster.stop, "restart": cluster.restart}
    for line in lines:
        order = orders.get(line.strip())
        if order is None:
            raise ServiceError(f"`{line.strip()}` is none of `{'`, `'.join(orders)}`")
        order()
        print("done", flush=True)


@contextlib.contextmanager
def running() -> Iterator["Cluster"]:
    """A migrated cluster and its PgBouncer. Both answer, and nothing of them is left at the end."""
    programs, bouncer = find_programs(), find_bouncer()
    if programs is None or bouncer is None:
        raise ServiceError(f"not found, install {' and '.join(missing())} (so called in Debian)")
    with contextlib.ExitStack() as stack:
        owner = unprivileged()
        directory = stack.enter_context(directory_of(owner))
        ports = [stack.enter_context(processes.held_port()) for _ in ("server", "bouncer")]
        cluster = Cluster(programs, bouncer, directory, owner, *ports)
        # What `initdb` has started would outlive it, and write on.
        with processes.undisturbed():
            cluster.create()
        stack.callback(cluster.end)
        cluster.start()
        cluster.migrate()
        yield cluster
        cluster.assert_runs()


class Cluster:
    """PostgreSQL and PgBouncer in one directory, both with the rights of its owner."""

    def __init__(
        self,
        programs: Path,
        bouncer_program: str,
        directory: Path,
        owner: dict[str, Any],
        port: int,
        bouncer_port: int,
    ) -> None:
        self.programs = programs
        self.bouncer_program = bouncer_program
        self.directory = directory
        self.owner = owner
        self.port = port
        self.bouncer_port = bouncer_port
        self.server: Started | None = None
        self.bouncer: Started | None = None

    def description(self) -> str:
        """What a test must know, as one line of JSON."""
        return json.dumps(
            {
                "port": self.port,
                "bouncer_port": self.bouncer_port,
                "ca_file": str(self.directory / "ca.pem"),
                "superuser": SUPERUSER,
                "passwords": PASSWORDS,
                "template": TEMPLATE,
                "directory": str(self.directory),
            }
        )

    def start(self) -> None:
        if self.server:
            return
        self.start_server()
        # The one that could not reach it until now would refuse the next client for that.
        self.stop_bouncer()
        self.start_bouncer()

    def stop(self, sign: int = signal.SIGINT) -> None:
        """SIGINT ends every session with 57P01; SIGTERM would wait for their clients."""
        if self.server:
            processes.stop(self.server, sign, STOP_SECONDS)
            self.server = None

    def restart(self) -> None:
        self.stop()
        self.start_server()

    def end(self) -> None:
        self.stop_bouncer()
        # Without a checkpoint: it is all thrown away.
        self.stop(signal.SIGQUIT)

    def assert_runs(self) -> None:
        for started in (self.server, self.bouncer):
            if started and started.has_ended():
                raise started.error("ended while it was needed")

    def start_server(self) -> None:
        command = [self.program("postgres"), "-D", str(self.directory / "data")]
        log = self.directory / "postgres.log"
        self.server = processes.start("PostgreSQL", command, log, **self.options())
        processes.wait_for(self.server, self.answers)

    def start_bouncer(self) -> None:
        command = [self.bouncer_program, str(self.directory / "pgbouncer.ini")]
        log = self.directory / "pgbouncer.log"
        self.bouncer = processes.start("PgBouncer", command, log, **self.options())
        processes.wait_for(self.bouncer, lambda: processes.listens(self.bouncer_port))

    def stop_bouncer(self) -> None:
        if self.bouncer:
            processes.stop(self.bouncer)
            self.bouncer = None

    def create(self) -> None:
        data = self.directory / "data"
        initdb = [self.program("initdb"), "--pgdata", str(data), "--username", SUPERUSER]
        initdb += ["--encoding", "UTF8", "--locale", "C", "--auth", "reject", "--no-sync"]
        self.run(initdb)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(port=self.port, directory=self.directory))
        (data / "pg_hba.conf").write_text(ACCESS)
        self.make_certificates()
        self.configure_bouncer()

    def make_certificates(self) -> None:
        self.write("openssl.cnf", CERTIFICATES)
        make = ["openssl", "req", "-x509", "-config", "openssl.cnf", "-days", "30", "-nodes"]
        make += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        authority = ["-subj", "/CN=authority of the tests", "-extensions", "authority"]
        self.run([*make, *authority, "-keyout", "ca.key", "-out", "ca.pem"])
        server = ["-subj", "/CN=localhost", "-extensions", "server"]
        server += ["-CA", "ca.pem", "-CAkey", "ca.key"]
        self.run([*make, *server, "-keyout", "server.key", "-out", "server.pem"])

    def configure_bouncer(self) -> None:
        settings = BOUNCER.format(
            host=HOST, port=self.port, bouncer_port=self.bouncer_port, directory=self.directory
        )
        version = re.search(r"(\d+)\.(\d+)", self.run([self.bouncer_program, "--version"]))
        if version and (int(version[1]), int(version[2])) >= (1, 21):
            settings += BOUNCER_1_21
        self.write("pgbouncer.ini", settings)
        self.write("passwords", "".join(f'"{role}" "{word}"\n' for role, word in PASSWORDS.items()))

    def migrate(self) -> None:
        self.psql("postgres", "--command", f"CREATE DATABASE {TEMPLATE}")
        for migration in sorted(MIGRATIONS.glob("*.sql")):
            self.psql(TEMPLATE, "--single-transaction", "--file", str(migration))
        for role, password in PASSWORDS.items():
            self.psql("postgres", "--command", f"ALTER ROLE {role} PASSWORD '{password}'")
        # As long as somebody is connected to it, a template cannot be copied.
        options = "IS_TEMPLATE true ALLOW_CONNECTIONS false"
        self.psql("postgres", "--command", f"ALTER DATABASE {TEMPLATE} {options}")

    def psql(self, database: str, *arguments: str) -> None:
        """As the caller, who can read the migrations; whoever owns the directory may not."""
        command = [self.program("psql"), "--host", HOST, "--port", str(self.port)]
        command += ["--username", SUPERUSER, "--dbname", database, "--no-psqlrc", "--quiet"]
        command += ["--set", "ON_ERROR_STOP=1", *arguments]
        checked(command, env=environment())

    def answers(self) -> bool:
        """Its port is open before it is ready."""
        command = [self.program("pg_isready"), "--quiet", "--host", HOST, "--port", str(self.port)]
        command += ["--username", SUPERUSER, "--dbname", "postgres"]
        return subprocess.run(command, env=environment(), check=False).returncode == 0

    def write(self, name: str, text: str) -> None:
        file = self.directory / name
        file.write_text(text)
        if self.owner:
            os.chown(file, self.owner["user"], self.owner["group"])

    def run(self, command: list[str]) -> str:
        return checked(command, **self.options())

    def program(self, name: str) -> str:
        return str(self.programs / name)

    def options(self) -> dict[str, Any]:
        return {"cwd": self.directory, "env": environment(), **self.owner}


def checked(command: list[str], **options: Any) -> str:
    """What the command writes. If it fails, that is what the caller must read."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            # Ctrl-C is for this script.
            start_new_session=True,
            **options,
        )
    except OSError as error:
        raise ServiceError(f"`{command[0]}`: {error.strerror}") from error
    if done.returncode != 0:
        raise ServiceError(f"`{' '.join(command)}` failed:\n{done.stdout}")
    return done.stdout


def environment() -> dict[str, str]:
    """Without the caller's PGHOST, PGSSLMODE and the like."""
    return {"PATH": search_path(), "LC_ALL": "C", "PGSSLMODE": "disable"}


def unprivileged() -> dict[str, Any]:
    """Whom to run as, in the words of `subprocess`: neither program lets root run it."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise ServiceError("root must not run PostgreSQL, and there is no user `postgres` or `nobody`")


@contextlib.contextmanager
def directory_of(owner: dict[str, Any]) -> Iterator[Path]:
    """A directory that only `owner` may enter, and can."""
    wanted = Path(tempfile.gettempdir())
    parent = wanted if not owner or is_open(wanted) else Path("/tmp")
    directory = Path(tempfile.mkdtemp(prefix="portcullis-postgres-", dir=parent))
    try:
        if owner:
            os.chown(directory, owner["user"], owner["group"])
        yield directory
    finally:
        with processes.undisturbed():
            shutil.rmtree(directory)


def is_open(directory: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in [directory, *directory.parents])


def missing() -> list[str]:
    """The Debian packages that have what is not here."""
    packages = {"postgresql": find_programs(), "pgbouncer": find_bouncer()}
    return [package for package, found in packages.items() if found is None]


def find_programs() -> Path | None:
    """Where those of PostgreSQL are: all in one place, so that they are of one version."""
    initdb = shutil.which("initdb", path=search_path())
    if initdb is None:
        return None
    directory = Path(initdb).resolve().parent
    return directory if all((directory / name).exists() for name in PROGRAMS) else None


def find_bouncer() -> str | None:
    return shutil.which("pgbouncer", path=search_path())


def search_path() -> str:
    """The path, and where Debian puts what is not for everyone; the newest version first."""
    debian = glob.glob("/usr/lib/postgresql/*/bin")
    debian.sort(key=lambda path: float(Path(path).parent.name), reverse=True)
    return os.pathsep.join([os.environ.get("PATH", os.defpath), *debian, "/usr/sbin"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
