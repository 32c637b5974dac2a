"""What `pip install .` gives: the wheel is built, installed into an empty folder, and used far from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
FOLDERS = ("app", "model", "movements")
OFFLINE = ["--no-deps", "--no-index"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, because setuptools leaves what it builds beside the source and takes it up again."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / file, source / file)
    subprocess.run([*PIP, "wheel", *OFFLINE, "--no-build-isolation", "-w", str(made), str(source)], check=True)
    (path,) = made.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([*PIP, "install", *OFFLINE, "--target", str(folder), str(wheel)], check=True)
    return folder


def environment(site: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}


def movements(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder without a checkout; what the extras bring comes from this environment."""
    command = [sys.executable, str(site / "bin" / "movements"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment(site), capture_output=True, text=True, timeout=120)


def test_the_wheel_holds_every_file_of_page_and_model_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    listed = subprocess.run(["git", "ls-files", *FOLDERS], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no clone")
    assert held == set(listed.stdout.splitlines())


def test_the_client_says_what_it_needs(site: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['httpx'] = None; import movements.client"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(site), capture_output=True, text=True, check=False
    )
    assert told.returncode != 0
    assert "movements.client needs movements[client]" in told.stderr.splitlines()[-1]


def test_the_wheel_holds_the_licence_and_those_of_what_it_carries(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        licences = {name.split("licenses/")[1] for name in archive.namelist() if ".dist-info/licenses/" in name}
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        assert b"\nLicense-Expression: MIT\n" in archive.read(metadata)
    assert licences == {"LICENSE", "app/assets/fonts/archivo.LICENSE", "app/assets/vendor/bootstrap.LICENSE"}


def test_what_is_tried_here_is_the_installation_and_not_the_checkout(site: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import app, model; print(app.__file__, model.__file__, sep='\\n')"]
    told = subprocess.run(command, cwd=tmp_path, env=environment(site), capture_output=True, text=True, check=True)
    assert all(Path(line).is_relative_to(site) for line in told.stdout.splitlines())


def test_the_installed_command_tells_its_version_and_its_help(site: Path, tmp_path: Path) -> None:
    assert movements(site, tmp_path, "--version").stdout.startswith("movements ")
    told = movements(site, tmp_path, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "predict" in told.stdout


def test_the_installed_command_predicts_with_the_model_that_came_along(site: Path, tmp_path: Path) -> None:
    clip = next((site / "model/bundles/default/assets.extra/golden").glob("thruster_*.mp4"))
    told = movements(site, tmp_path, "predict", str(clip), "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["prediction"][0][0] == "thruster"


def test_without_any_extra_the_installed_command_says_what_it_needs(site: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-S", str(site / "bin" / "movements"), "predict", "clip.mp4"]
    told = subprocess.run(command, cwd=tmp_path, env=environment(site), capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("`movements` needs movements[cli]: typer is not installed. ")


def test_the_installed_page_is_served_with_its_assets(site: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(site / "bin" / "movements"), "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, env=environment(site), stderr=subprocess.PIPE, text=True)
    try:
        for path in ("", "health", "assets/style.css", "assets/examples/thruster.mp4"):
            assert _read(f"http://127.0.0.1:{port}/{path}", server), path
    finally:
        server.send_signal(signal.SIGTERM)
        _, log = server.communicate(timeout=30)
    assert server.returncode == 0, log


def _read(address: str, server: subprocess.Popen[str]) -> bytes:
    """What is at an address, once the server listens; raises for every status but 200."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=60) as response:
                content: bytes = response.read()
                return content
        except urllib.error.HTTPError:
            raise
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
