"""A real S3 on this machine that enforces what a form of an upload says: Ceph's gateway, its objects in memory.

moto takes every form. Ceph's gateway checks signature, time and conditions as S3 does, and answers preflights by the
bucket's rules; see docs.ceph.com, "Ceph Object Gateway S3 API". One monitor, one store and the gateway are ready after
a few seconds; nothing of them asks for a password, as they listen on this machine only.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.e2e.emulator.s3 import CREDENTIALS
from tests.e2e.emulator.stack import free_port

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
PATIENCE_SECONDS = 60

SETTINGS = """
[global]
fsid = {fsid}
mon host = {monitor}
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 1000
run dir = {folder}
admin socket = {folder}/$name.socket
log file = {folder}/$name.log
pid file = {folder}/$name.pid
mon data = {folder}/mon
osd data = {folder}/osd
rgw data = {folder}/gateway
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw thread pool size = 8
"""


@dataclass(frozen=True)
class Gateway:
    """A running S3.

    Attributes:
        address: where it answers.
        client: a boto3 client of its only user.
    """

    address: str
    client: Any


def missing() -> list[str]:
    """The programs that are not installed here."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextlib.contextmanager
def gateway() -> Iterator[Gateway]:
    """Start it, with no bucket; `CREDENTIALS` are its user's. Its folder has a short name, as sockets need one."""
    with tempfile.TemporaryDirectory(prefix="ceph-") as name, contextlib.ExitStack() as running:
        folder, fsid, port = Path(name), str(uuid.uuid4()), free_port()
        key, secret = CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
        for part in ("mon", "osd", "gateway"):
            (folder / part).mkdir()
        monitor = f"[v2:127.0.0.1:{free_port()}]"
        settings = folder / "ceph.conf"
        settings.write_text(SETTINGS.format(fsid=fsid, monitor=monitor, folder=folder, port=port))

        def run(program: str, *words: str) -> None:
            command = [program, "-c", str(settings), *words]
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
            assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-2000:]}"

        def start(program: str, *words: str) -> None:
            output = running.enter_context((folder / f"{program}.output").open("wb"))
            command = [program, "-c", str(settings), "-f", *words]
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
            running.callback(process.wait)
            running.callback(process.kill)

        monitors = str(folder / "monitors")
        run("monmaptool", "--create", "--addv", "a", monitor, "--fsid", fsid, monitors)
        run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monitors)
        start("ceph-mon", "-i", "a")
        store = str(uuid.uuid4())
        run("ceph", "osd", "new", store)
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store)
        start("ceph-osd", "-i", "0")
        run(
            "radosgw-admin",
            "user",
            "create",
            "--uid=page",
            "--display-name=page",
            f"--access-key={key}",
            f"--secret={secret}",
        )
        start("radosgw", "-n", "client.gateway")
        _wait_for(port, folder)
        address = f"http://127.0.0.1:{port}"
        client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        yield Gateway(address, client)


def _wait_for(port: int, folder: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    logs = "\n".join(log.read_text(errors="replace")[-1000:] for log in sorted(folder.glob("*.log")))
    raise AssertionError(f"the gateway does not answer: {logs}")
