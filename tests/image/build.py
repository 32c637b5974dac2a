"""Builds an image from one of the project's Dockerfiles, without a registry of images and without Docker."""

from __future__ import annotations

import ast
import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "image"
BASE_SCRIPT = Path(__file__).with_name("base.sh")
BASE_NAME = "localhost/movements-python"
NAME = "localhost/built"
PROGRAMS = ("apt-config", "buildah", "mmdebstrap", "mount", "tar", "unshare")

PIP_OPTIONS = (
    "cert",
    "client-cert",
    "default-timeout",
    "extra-index-url",
    "find-links",
    "index-url",
    "no-index",
    "proxy",
    "retries",
    "timeout",
    "trusted-host",
)
"""What says how pip reaches its packages; nothing else of the machine's configuration may change what is built."""

NPM_OPTIONS = ("registry", "proxy", "https-proxy", "noproxy", "strict-ssl")
"""The same for npm."""


@dataclass(frozen=True)
class Entry:
    """A file, directory or link of a layer, without its times; the digest is of a file's content."""

    kind: bytes
    mode: int
    owner: tuple[int, int]
    target: str
    size: int
    digest: str


@dataclass(frozen=True)
class Layer:
    """One layer of an image.

    Attributes:
        blob: the tar file as a registry would store it, compressed with gzip.
    """

    blob: Path

    @property
    def compressed(self) -> int:
        """Bytes that are transferred."""
        return self.blob.stat().st_size

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(entry.size for entry in self.entries.values())

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """What it holds, by path relative to the root."""
        found = {}
        with tarfile.open(self.blob) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                found[member.name.removeprefix("./")] = Entry(
                    kind=member.type,
                    mode=member.mode,
                    owner=(member.uid, member.gid),
                    target=member.linkname,
                    size=member.size,
                    digest="" if file is None else hashlib.file_digest(file, "sha256").hexdigest(),  # type: ignore[arg-type]
                )
        return found

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Path and content of every file."""
        with tarfile.open(self.blob) as archive:
            for member in archive:
                if file := archive.extractfile(member) if member.isreg() else None:
                    yield member.name.removeprefix("./"), file.read()


@dataclass(frozen=True)
class Image:
    """A built image as a registry would hold it.

    Attributes:
        configuration: how its containers are started (`config`), and how it came about (`history`).
        base: the layer of the base image.
        ours: the layers that the Dockerfile puts on it.
    """

    configuration: dict[str, Any]
    base: Layer
    ours: tuple[Layer, ...]

    @classmethod
    def read(cls, folder: Path) -> Image:
        """Read an image in the OCI layout, which the base image gave its first layer."""

        def blob(descriptor: dict[str, str]) -> Path:
            return folder / "blobs" / descriptor["digest"].replace(":", "/")

        (entry,) = json.loads((folder / "index.json").read_text(encoding="utf-8"))["manifests"]
        manifest = json.loads(blob(entry).read_text(encoding="utf-8"))
        layers = [Layer(blob(descriptor)) for descriptor in manifest["layers"]]
        configuration = json.loads(blob(manifest["config"]).read_text(encoding="utf-8"))
        return cls(configuration, layers[0], tuple(layers[1:]))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it sets."""
        return dict(variable.split("=", 1) for variable in self.configuration["config"]["Env"])

    def packages(self, folder: str) -> dict[str, str]:
        """Names and versions of the packages that are installed in a folder, given relative to the root."""
        found = {}
        for layer in self.ours:
            for name in layer.entries:
                if match := re.fullmatch(rf"{folder}/([^/]+)-([^/-]+)\.dist-info", name):
                    found[str(canonicalize_name(match[1]))] = match[2]
        return found

    def traces(self) -> list[tuple[str, str]]:
        """What says where it was built: the file, or "the configuration", and the folder or address of this machine."""
        wanted = [*machine_addresses(), str(ROOT)]
        texts = {"the configuration": json.dumps(self.configuration).encode()}
        for layer in self.ours:
            texts |= {name: text for name, text in layer.contents() if name.endswith((".pyc", "/RECORD", ".json"))}
        return [(name, word) for name, text in texts.items() for word in wanted if word.encode() in text]

    def unpack(self, root: Path) -> None:
        """Write its root filesystem to a folder, owners and modes included."""
        root.chmod(0o755)
        for layer in (self.base, *self.ours):
            deleted = [name for name in layer.entries if name.rpartition("/")[2].startswith(".wh.")]
            assert not deleted, f"a layer deletes what is below it, which this does not do: {deleted}"
            extract = ["tar", "--extract", "--numeric-owner", "--same-permissions", f"--file={layer.blob}"]
            subprocess.run([*extract, f"--directory={root}"], check=True)


def why_not() -> str | None:
    """Why no image can be built and run here, or None."""
    if platform.system() != "Linux":
        return "images are built and run on Linux only"
    if os.geteuid() != 0:
        return "a root filesystem is made and entered by root only"
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"not installed: {', '.join(missing)}"
    if "VERSION_CODENAME" not in platform.freedesktop_os_release():
        return "the base image is made of this machine's own release, which must be one of Debian's family"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode != 0:
        return "namespaces are not allowed here"
    return None


def build(folder: Path, *, context: Path = ROOT, dockerfile: str = "Dockerfile", **arguments: str) -> Image:
    """Build an image.

    Args:
        folder: new; the image is written there, and lives as long as it does.
        context: the folder with the Dockerfile.
        dockerfile: its name; what it does not take is listed in `<its name>.dockerignore`, or else in `.dockerignore`.
        arguments: build arguments of the Dockerfile but BASE_IMAGE.
    """
    ignored = context / f"{dockerfile}.dockerignore"
    if not ignored.is_file():
        ignored = context / ".dockerignore"
    base = _base()
    with _buildah() as buildah:
        buildah.tag(base)
        settings = buildah.storage / "settings"
        settings.mkdir()
        mounts = _pip(settings) | _npm(settings)
        volumes = [f"--volume={source}:{target}:ro" for source, target in mounts.items()]
        given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        given += [f"--build-arg=BASE_IMAGE={BASE_NAME}", "--isolation=chroot", "--network=host", "--pull-never"]
        given += [f"--file={context / dockerfile}", f"--ignorefile={ignored}"]
        buildah.run("build", *given, *volumes, f"--tag={NAME}", str(context))
        buildah.run("push", "--quiet", NAME, f"oci:{folder}")
    return Image.read(folder)


def pinned(lock: Path, python: str) -> dict[str, str]:
    """Names and versions of the packages that a lock names for a version of Python, as 3.12.1."""
    environment = {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    return {
        match["name"]: match["version"]
        for match in re.finditer(
            r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$", lock.read_text(encoding="utf-8"), re.M
        )
        if match["marker"] is None or Marker(match["marker"]).evaluate(environment)
    }


def machine_addresses() -> set[str]:
    """Where this machine's pip looks for packages, and by what proxy: nothing of it may be in an image."""
    options = _pip_options()
    names = ("extra-index-url", "find-links", "index-url", "proxy")
    return {word for name in names for word in options.get(name, "").split()}


def machine_certificates() -> str | None:
    """The file with the certificates that this machine's pip trusts, if it says so."""
    given = (_pip_options().get("cert"), os.environ.get("REQUESTS_CA_BUNDLE"), os.environ.get("SSL_CERT_FILE"))
    return next((path for path in given if path and Path(path).is_file()), None)


@dataclass(frozen=True)
class _Buildah:
    """Buildah with a storage of its own, so that nothing of the user's is touched."""

    storage: Path

    def run(self, *arguments: str) -> str:
        """Run a command of it; gives what it printed."""
        command = ["buildah", f"--root={self.storage / 'root'}", f"--runroot={self.storage / 'run'}"]
        command += ["--storage-driver=vfs", *arguments]
        environment = {**os.environ, "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(self.storage)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"buildah {arguments[0]} failed: {done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout.strip()

    def tag(self, base: Path) -> None:
        """Give the base image in an archive its name."""
        self.run("tag", self.run("pull", "--quiet", f"oci-archive:{base}"), BASE_NAME)


@contextlib.contextmanager
def _buildah() -> Iterator[_Buildah]:
    with tempfile.TemporaryDirectory(prefix="storage-", dir=CACHE) as storage:
        yield _Buildah(Path(storage))


def _base() -> Path:
    """The base image, made once for this script and this release; another one is removed."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    key = hashlib.sha256(BASE_SCRIPT.read_bytes() + release.encode()).hexdigest()[:12]
    CACHE.mkdir(parents=True, exist_ok=True)
    target = CACHE / f"base-{key}.tar"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_file():
            for other in CACHE.glob("base-*.tar"):
                other.unlink()
            with _buildah() as buildah:
                files, made = buildah.storage / "files.tar", buildah.storage / "image.tar"
                subprocess.run([BASE_SCRIPT, release, files], check=True)
                container = buildah.run("from", "scratch")
                buildah.run("add", "--quiet", container, str(files), "/")
                buildah.run("commit", "--quiet", container, f"oci-archive:{made}")
                made.rename(target)
    return target


def _pip_options() -> dict[str, str]:
    """How this machine's pip reaches its packages, from all its files and variables, the stronger last."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    found = {}
    for section in ("global", "install", ":env:"):
        for line in lines:
            key, _, value = line.partition("=")
            if key.startswith(f"{section}.") and key.removeprefix(f"{section}.") in PIP_OPTIONS:
                found[key.removeprefix(f"{section}.")] = " ".join(str(ast.literal_eval(value)).split())
    return found


def _pip(folder: Path) -> dict[str, str]:
    """What to mount while the image is built so that pip works there as it does here: source by target.

    Args:
        folder: for the configuration.
    """
    options = _pip_options()
    mounts = {}
    for name in ("extra-index-url", "index-url", "find-links"):
        for word in options.get(name, "").split():
            path = Path(word.removeprefix("file://"))
            if path.is_absolute() and path.exists():
                place = path if name == "find-links" else path.parent  # an index links to files beside it
                mounts[str(place)] = str(place)
    if certificates := machine_certificates():
        options["cert"] = certificates
        mounts[certificates] = certificates
    file = folder / "pip.conf"
    file.write_text("\n".join(["[global]", *(f"{name} = {value}" for name, value in options.items())]) + "\n")
    mounts[str(file)] = "/etc/pip.conf"
    return mounts


def _npm(folder: Path) -> dict[str, str]:
    """The same as `_pip` for npm, which finds its own registry but not the certificates of this machine."""
    files = (Path("/etc/npmrc"), Path.home() / ".npmrc")
    lines = [line for file in files if file.is_file() for line in file.read_text(encoding="utf-8").splitlines()]
    options = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    options = {key: value for key, value in options.items() if key in NPM_OPTIONS}
    if certificates := machine_certificates():
        options["cafile"] = certificates
    file = folder / "npmrc"
    file.write_text("".join(f"{key}={value}\n" for key, value in options.items()), encoding="utf-8")
    return {str(file): "/root/.npmrc"}
