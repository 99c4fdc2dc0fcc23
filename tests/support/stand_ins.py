"""Replacements for the services and the database of a local stack: they start quickly and show their environment."""

import os
import sys
from pathlib import Path

from deploy.local import probes
from deploy.local.credentials import secret
from deploy.local.services import GATEWAY, Database
from tests.support.processes import script

# Answers /readyz with 200 and anything else with its environment; forks one child, as a pool would.
_SERVICE = """
import http.server, json, os, signal, sys, time
if os.fork() == 0:
    time.sleep(600)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"" if self.path == "/readyz" else json.dumps(dict(os.environ)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(os.environ["LRECL_HTTP_PORT"])), Handler).serve_forever()
"""
_DATABASE = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()
"""


def command(role):
    """In place of `services.command`."""
    return (sys.executable, "-I", "-S", "-u", "-c", _SERVICE, role)


def add_database(supervisor, home: Path, ports):
    """In place of `database.add_database`: a process that listens and does nothing."""
    port = ports.take()
    password_file = home / "secrets" / "db-password"
    secret(password_file)
    supervisor.add(script(GATEWAY, _DATABASE, port, probe=lambda: probes.listens(port), environment=dict(os.environ)))
    return Database("127.0.0.1", port, "LRECL", "lrecl", password_file, "derby")
