"""What browsers answer clips with: fetched files put in order, and their addresses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.device.files import COMPRESSED, NOTICE, unpack
from app.device.routes import OFFLINE, OnDevice
from app.main import create_app
from app.settings import Settings
from model.bundle import LITERT
from tests.unit.app.fakes import fake_services


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Packages with the files that matter, as npm leaves them."""
    modules = tmp_path / "node_modules"
    texts = {
        "@litertjs/core/dist/index.js": 'import { createWasmLib } from "@litertjs/wasm-utils";',
        "@litertjs/wasm-utils/dist/index.js": "export const createWasmLib = 1;",
        "mediabunny/dist/bundles/mediabunny.min.mjs": "export const Input = 1;",
        "mediabunny/LICENSE": "terms",
    }
    for kind in ("internal", "compat_internal"):
        texts[f"@litertjs/core/wasm/litert_wasm_{kind}.js"] = "var ModuleFactory;"
        texts[f"@litertjs/core/wasm/litert_wasm_{kind}.wasm"] = "wasm " * 500
    for name, version in (("@litertjs/core", "1.2.3"), ("@litertjs/wasm-utils", "1.2.4"), ("mediabunny", "4.5.6")):
        texts[f"{name}/package.json"] = json.dumps({"name": name, "version": version, "license": "Some-1.0"})
    for name, text in texts.items():
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (modules / name).write_text(text, encoding="utf-8")
    return modules


@pytest.fixture
def folder(packages: Path, tmp_path: Path) -> Path:
    target = tmp_path / "device"
    unpack(packages, target)
    return target


@pytest.fixture
def device(tiny_bundle: Path, folder: Path) -> OnDevice:
    found = OnDevice.of(tiny_bundle, folder)
    assert found is not None
    return found


@pytest.fixture
def client(device: OnDevice) -> FlaskClient:
    services = fake_services()
    object.__setattr__(services, "device", device)
    server: Flask = create_app(Settings(), services).server
    return server.test_client()


def test_the_files_name_each_other_as_a_browser_finds_them_and_say_whose_they_are(folder: Path) -> None:
    assert (folder / "litert.js").read_text() == 'import { createWasmLib } from "./wasm-utils.js";'
    assert (folder / NOTICE).read_text().splitlines() == [
        "@litertjs/core 1.2.3, Some-1.0",
        "@litertjs/wasm-utils 1.2.4, Some-1.0",
        "mediabunny 4.5.6, Some-1.0",
    ]
    packed = (folder / f"litert_wasm_internal.wasm{COMPRESSED}").read_bytes()
    assert brotli.decompress(packed) == (folder / "litert_wasm_internal.wasm").read_bytes()


def test_a_package_that_is_made_otherwise_is_refused_and_leaves_nothing_that_counts(
    packages: Path, tmp_path: Path
) -> None:
    (packages / "@litertjs/core/dist/index.js").write_text("import other from 'elsewhere';")
    with pytest.raises(ValueError, match="another way"):
        unpack(packages, tmp_path / "device")
    assert not (tmp_path / "device" / NOTICE).exists()


def test_nothing_is_offered_where_something_is_missing(tiny_bundle: Path, folder: Path, tmp_path: Path) -> None:
    assert OnDevice.of(tiny_bundle, tmp_path / "nowhere") is None
    without = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, without)
    (without / LITERT).unlink()
    assert OnDevice.of(without, folder) is None


def test_what_answers_is_kept_for_ever_under_its_digest(
    client: FlaskClient, device: OnDevice, tiny_bundle: Path
) -> None:
    model = client.get(f"{device.root}model.tflite")
    assert model.data == (tiny_bundle / LITERT).read_bytes()
    assert model.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(f"{device.root}worker.js").mimetype == "text/javascript"
    assert client.get(f"{device.root}contract.json").json["frames"] > 0
    other = client.get("/device/0000000000000000/model.tflite")
    assert (other.status_code, other.headers["Cache-Control"]) == (404, "no-store")
    for name in ("offline.js", "../routes.py", "mediabunny.json"):
        assert client.get(device.root + name).status_code == 404


def test_the_large_file_is_sent_as_it_was_compressed_to_those_who_take_that(
    client: FlaskClient, device: OnDevice
) -> None:
    address = f"{device.root}litert_wasm_internal.wasm"
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert (packed.headers["Content-Encoding"], packed.mimetype) == ("br", "application/wasm")
    assert brotli.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_another_model_has_other_addresses(device: OnDevice, tiny_bundle: Path, folder: Path, tmp_path: Path) -> None:
    again, other = OnDevice.of(tiny_bundle, folder), tmp_path / "other"
    shutil.copytree(tiny_bundle, other)
    (other / "MANIFEST.json").write_text("{}")
    changed = OnDevice.of(other, folder)
    assert again is not None
    assert changed is not None
    assert again.root == device.root != changed.root


def test_the_policy_lets_a_page_compile_what_it_offers_and_no_other(client: FlaskClient) -> None:
    offers = client.get("/").headers["Content-Security-Policy"]
    without = create_app(Settings(), fake_services()).server.test_client().get("/").headers["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" in offers
    assert "'wasm-unsafe-eval'" not in without
    assert "'unsafe-eval'" not in offers


def test_the_page_without_a_network_is_asked_for_each_time(client: FlaskClient) -> None:
    answer = client.get(OFFLINE)
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "no-store"
