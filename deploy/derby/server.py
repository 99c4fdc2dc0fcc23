"""Apache Derby's Network Server as a child process: one database, one user, the settings lrecl wants."""

from __future__ import annotations

import logging
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from deploy.derby import properties, shutdown
from shared.errors import PermanentError

LOG = logging.getLogger("lrecl.derby.server")

JARS = Path("/usr/share/java")
"""Where Debian's libderby-java and derby-tools put Derby."""
_JAR_NAMES = ("derby.jar", "derbynet.jar", "derbytools.jar")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,17}")
_START_WAIT = 60.0
_STOP_WAIT = 60.0
_POLL = 0.05
_SERVER = "org.apache.derby.drda.NetworkServerControl"
_IJ = "org.apache.derby.tools.ij"


class DerbyError(PermanentError):
    """Derby cannot be started or used; the context holds ``log`` where there is one.

    LRG101  Java or Derby is not installed
    LRG102  Derby or the gateway did not start
    LRG103  the database could not be created
    LRG104  a name or password that Derby does not accept
    LRG105  Derby or the gateway ended by itself
    """


@dataclass(frozen=True)
class DerbySettings:
    """Where Derby keeps its files, and what it serves.

    ``home`` holds the database, ``derby.properties`` and the logs. ``port`` is on 127.0.0.1. ``database`` and ``user``
    are identifiers of at most 18 characters (DRDA's RDBNAM). ``heap`` is in MiB.
    """

    home: Path
    port: int
    database: str
    user: str
    password: str
    jars: Path = JARS
    java: str = "java"
    heap: int = 512
    durable: bool = True


def is_installed(jars: Path = JARS) -> bool:
    """Whether Java and Derby's three jars are installed."""
    return shutil.which("java") is not None and all((jars / name).exists() for name in _JAR_NAMES)


class DerbyServer:
    """Starts and stops Derby. As a context manager it waits until Derby is ready, and stops it at the end.

    Raises DerbyError LRG101 (not installed), LRG102 (did not start), LRG103 (no database) or LRG104 (name refused).
    """

    def __init__(self, settings: DerbySettings) -> None:
        _check(settings)
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """The file with the server's output. Derby's own ``derby.log`` is in the same folder."""
        return self.settings.home / "derby-server.log"

    @property
    def pid(self) -> int | None:
        """The process id of the Java machine, or None before the start."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Write the settings, create the database unless it exists, and start the server without waiting for it."""
        home, settings = self.settings.home, self.settings
        home.mkdir(parents=True, exist_ok=True)
        server_properties = properties.server_properties(settings.user, settings.password, durable=settings.durable)
        properties.write(home / "derby.properties", server_properties)
        if not (home / settings.database).exists():
            self._create_database()
        command = self._java(_SERVER, "start", "-h", "127.0.0.1", "-p", str(settings.port), "-noSecurityManager")
        with self.log.open("ab") as log:
            self._process = self._spawn(command, log.fileno())

    def ready(self, timeout: float = _START_WAIT) -> None:
        """Wait until Derby accepts connections. Raises DerbyError LRG102 when it ends, or after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not self._accepts():
            if not self.alive() or time.monotonic() > deadline:
                self.kill()
                raise self._failed("LRG102", "Derby did not start.")
            time.sleep(_POLL)

    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Close the database and end the server. A server that does not end in time is killed."""
        if self._process is None:
            return
        if self.alive():
            self._shut_down()
        self._end(self._process)

    def kill(self) -> None:
        """Kill the server, as a power failure would. The database recovers at its next start."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> DerbyServer:
        self.start()
        self.ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _create_database(self) -> None:
        # Under another name, so that an interrupted start leaves no incomplete database. From a properties file,
        # because other users can read command lines, and the lines of a script would be printed into the log.
        home, settings = self.settings.home, self.settings
        unfinished = home / f"{settings.database}_NEW"
        shutil.rmtree(unfinished, ignore_errors=True)
        request = home / "create.properties"
        url = f"jdbc:derby:{unfinished.name};create=true"
        properties.write(request, {"ij.database": url, "ij.user": settings.user, "ij.password": settings.password})
        try:
            with self.log.open("ab") as log:
                code = self._spawn(self._java(_IJ, "-p", request.name), log.fileno()).wait()
        finally:
            request.unlink()
        if code or not (unfinished / "service.properties").exists():
            raise self._failed("LRG103", f"Database {settings.database} could not be created.")
        unfinished.rename(home / settings.database)

    def _java(self, *arguments: str) -> list[str]:
        settings = self.settings
        classes = ":".join(str(settings.jars / name) for name in _JAR_NAMES)
        memory = (f"-Xmx{settings.heap}m", "-XX:+UseSerialGC")
        return [settings.java, *memory, f"-Dderby.system.home={settings.home}", "-cp", classes, *arguments]

    def _spawn(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        # In a session of its own: Ctrl-C must reach the process that closes the database, and not Derby.
        return subprocess.Popen(  # noqa: S603 - a fixed program with arguments made here
            command,
            cwd=self.settings.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.settings.port), timeout=1).close()
        except OSError:
            return False
        return self.alive()

    def _shut_down(self) -> None:
        settings = self.settings
        try:
            shutdown.shut_down(settings.port, settings.user, settings.password)
        except OSError as error:
            LOG.warning("Derby does not answer (%s). It is terminated, and recovers at its next start.", error)
            if self._process is not None:
                self._process.terminate()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(_STOP_WAIT)
        except subprocess.TimeoutExpired:
            LOG.warning("Derby did not end within %s s. It is killed.", _STOP_WAIT)
            self.kill()

    def _failed(self, code: str, message: str) -> DerbyError:
        tail = self.log.read_text("utf-8", errors="replace")[-500:] if self.log.exists() else ""
        return DerbyError(code, message, remedy=f"See {self.log}.", log=str(self.log), tail=tail)


def _check(settings: DerbySettings) -> None:
    if shutil.which(settings.java) is None or not all((settings.jars / name).exists() for name in _JAR_NAMES):
        remedy = "Install Java, libderby-java and derby-tools, or give the folder of Derby's jars."
        raise DerbyError("LRG101", f"Java or Derby's jars in {settings.jars} are missing.", remedy=remedy)
    for what, name in (("database", settings.database), ("user", settings.user)):
        if not _IDENTIFIER.fullmatch(name):
            remedy = "Use a letter, followed by up to 17 letters, digits and underscores."
            raise DerbyError("LRG104", f"{name!r} is not a valid name of a {what}.", remedy=remedy)
    if settings.database != settings.database.upper():
        raise DerbyError(
            "LRG104",
            f"The database's name {settings.database} is not in upper case.",
            remedy="Write it in upper case, as the driver sends it.",
        )
    if not settings.password:
        raise DerbyError(
            "LRG104", "The password is empty.", remedy="Give one, because Derby refuses an empty password."
        )
