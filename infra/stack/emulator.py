"""MiniStack as a process of its own: started on a free port, and ended by its process id.

It speaks TLS, as AWS does: policies that refuse plain HTTP then mean here what they mean there, and functions reach
it the way they reach AWS, but for the root that they trust.
"""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "us-east-1"

# The emulator's own root, to whom IAM's rules do not apply.
ROOT_KEY, ROOT_SECRET = "test", "test"

# It answers within two seconds, unless the machine is busy with something else.
START_LIMIT = 60


class Emulator:
    """One MiniStack with everything it writes under `folder`. It forgets what it holds when it ends."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "emulator.log"
        # It makes itself one when it starts.
        self.certificate = folder / "tmp" / "ministack-tls" / "server.crt"
        self._note = folder / "emulator.json"

    def start(self) -> None:
        """Starts it in the background and waits until it answers."""
        temporary = self.folder / "tmp"
        # What an earlier one unpacked.
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        port = _free_port()
        settings = {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "AWS_ENDPOINT_URL": f"https://127.0.0.1:{port}",
            "USE_SSL": "1",
            "AWS_CA_BUNDLE": str(self.certificate),
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "LAMBDA_EXECUTOR": "local",
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
            "S3_DATA_DIR": str(self.folder / "s3"),
            "STATE_DIR": str(self.folder / "state"),
            "TMPDIR": str(temporary),
            # Nothing of ours speaks these, and they bind fixed ports.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{temporary}/none.sock",
        }
        # Functions inherit what the emulator has, and on AWS they have nothing of a developer's.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=kept | settings,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._note.write_text(json.dumps({"pid": process.pid, "port": port}))
        deadline = time.monotonic() + START_LIMIT
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the emulator does not start; see {self.log}")
            time.sleep(0.05)

    def stop(self) -> bool:
        """Ends it together with the functions it runs. False if it did not run."""
        pid = self.pid()
        self._note.unlink(missing_ok=True)
        if pid is None:
            return False
        try:
            # It leads a process group, which its functions belong to. None of them has anything to put in order.
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        while _lives(pid):
            time.sleep(0.05)
        return True

    def pid(self) -> int | None:
        """The process, if it runs. A number that the system has given to another program since is not it."""
        try:
            pid = json.loads(self._note.read_text())["pid"]
        except (FileNotFoundError, ValueError, KeyError):
            return None
        listed = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return pid if "ministack" in listed.stdout else None

    @property
    def port(self) -> int:
        return json.loads(self._note.read_text())["port"]

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def client(self, service: str, **settings):
        """A client of boto3 as the account's root."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key=ROOT_SECRET,
            verify=str(self.certificate),
            config=Config(retries={"total_max_attempts": 1}, **settings),
        )

    def get(self, path: str) -> bytes:
        """What the emulator itself answers."""
        with urllib.request.urlopen(self.url + path, timeout=5, context=self.trust()) as reply:
            return reply.read()

    def trust(self) -> ssl.SSLContext:
        """Trusts the emulator, and nobody else."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def _answers(self) -> bool:
        try:
            self.get("/_ministack/health")
        except (urllib.error.URLError, OSError):
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _lives(pid: int) -> bool:
    try:
        # A child that ended stays until it is waited for.
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
