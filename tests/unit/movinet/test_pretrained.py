from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from model.errors import BadRequest, ModelUnavailable
from model.movinet import pretrained as module
from model.movinet.backbone import Backbone
from model.movinet.checkpoint import import_backbone
from model.movinet.options import BackboneOptions
from model.movinet.pretrained import pretrained
from tests.unit.movinet.official import write_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    folder = tmp_path_factory.mktemp("official")
    return folder, write_checkpoint(folder / "ckpt")


@pytest.fixture(scope="module")
def archive(checkpoint: tuple[Path, dict[str, np.ndarray]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "movinet_a0_base.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(checkpoint[0], "movinet_a0_base")
    return path


def tarball(path: Path, name: str, **attributes: object) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = 3
        for attribute, value in attributes.items():
            setattr(member, attribute, value)
        tar.addfile(member, io.BytesIO(b"abc") if member.isfile() else None)
    return path


class TestImport:
    def test_every_array_arrives_in_its_place(self, checkpoint: tuple[Path, dict[str, np.ndarray]]) -> None:
        folder, arrays = checkpoint
        backbone = Backbone(BackboneOptions("a0", frames=1, size=32))
        import_backbone(backbone, folder / "ckpt-1")

        root = "layer_with_weights-0/layer_with_weights-"
        block = backbone.get_layer("block1_layer0")
        for weight, path in (
            (backbone.get_layer("stem").kernel, "0/_stem/_conv/kernel"),
            (block.expand.kernel, "2/_expansion/_conv/kernel"),
            (block.depthwise.kernel, "2/_feature/_conv/kernel"),
            (block.depthwise.norm.moving_variance, "2/_feature/_batch_norm/moving_variance"),
            (block.squeeze_excite.expand.kernel, "2/_attention/_se_expand/_conv/kernel"),
            (block.project.norm.beta, "2/_projection/_batch_norm/beta"),
            (block.scale, "2/_mobile_bottleneck/_rezero/_scale"),
            (block.skip.kernel, "2/_skip/_projection/_conv/kernel"),
            (backbone.get_layer("head").norm.gamma, "16/_project/_batch_norm/gamma"),
        ):
            np.testing.assert_array_equal(weight.numpy(), arrays[root + path].reshape(weight.shape), err_msg=path)
        assert sum(array.size for array in arrays.values()) == backbone.count_params()

    def test_a_missing_array_is_named_and_nothing_is_changed(self, tmp_path: Path) -> None:
        missing = "layer_with_weights-0/layer_with_weights-15/_projection/_conv/kernel"
        write_checkpoint(tmp_path / "ckpt", without=missing)
        backbone = Backbone(BackboneOptions("a0", frames=1, size=32))
        before = backbone.get_layer("stem").kernel.numpy()

        with pytest.raises(ModelUnavailable, match="layer_with_weights-15/_projection/_conv"):
            import_backbone(backbone, tmp_path / "ckpt-1")
        np.testing.assert_array_equal(backbone.get_layer("stem").kernel.numpy(), before)

    def test_a_checkpoint_of_another_variant_is_refused_with_both_shapes(
        self, checkpoint: tuple[Path, dict[str, np.ndarray]]
    ) -> None:
        with pytest.raises(ModelUnavailable, match=r"\(1, 3, 3, 3, 8\).*\(3, 3, 3, 16\)"):
            import_backbone(Backbone(BackboneOptions("a1", frames=1, size=32)), checkpoint[0] / "ckpt-1")

    def test_a_file_that_is_no_checkpoint_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "ckpt-1.index").write_bytes(b"no checkpoint")

        with pytest.raises(ModelUnavailable, match="not a TensorFlow 2 checkpoint"):
            import_backbone(Backbone(BackboneOptions("a0", frames=1, size=32)), tmp_path / "ckpt-1")


class TestPretrained:
    def test_an_archive_becomes_weights_that_a_backbone_loads(
        self, archive: Path, checkpoint: tuple[Path, dict[str, np.ndarray]], tmp_path: Path
    ) -> None:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        target = pretrained("a0", tmp_path / "a0.weights.h5", source=archive, sha256=digest)

        backbone = Backbone(BackboneOptions("a0", frames=2, size=40))
        backbone.load_weights(target)
        stem = checkpoint[1]["layer_with_weights-0/layer_with_weights-0/_stem/_conv/kernel"]
        np.testing.assert_array_equal(backbone.get_layer("stem").kernel.numpy(), stem[0])

    def test_an_archive_with_another_digest_is_not_opened(self, archive: Path, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match="sha256"):
            pretrained("a0", tmp_path / "a0.weights.h5", source=archive, sha256="0" * 64)

    @pytest.mark.parametrize("name", ["../evil.index", "/evil.index", "a/../../evil.index", "a\\..\\evil.index"])
    def test_an_archive_that_leads_out_of_its_folder_is_refused(self, name: str, tmp_path: Path) -> None:
        path = tarball(tmp_path / "evil.tar.gz", name)

        with pytest.raises(ModelUnavailable, match="not a plain file"):
            pretrained("a0", tmp_path / "a0.weights.h5", source=path)
        assert not list(tmp_path.parent.rglob("evil.index"))

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
    def test_an_archive_with_links_or_devices_is_refused(self, kind: bytes, tmp_path: Path) -> None:
        path = tarball(tmp_path / "link.tar.gz", "ckpt-1.index", type=kind, linkname="/etc/passwd", size=0)

        with pytest.raises(ModelUnavailable, match="not a plain file"):
            pretrained("a0", tmp_path / "a0.weights.h5", source=path)

    def test_an_archive_that_unpacks_too_large_is_refused(
        self, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MAX_BYTES", 1000)

        with pytest.raises(ModelUnavailable, match="more than 1000 bytes"):
            pretrained("a0", tmp_path / "a0.weights.h5", source=archive)

    def test_a_damaged_archive_is_refused(self, archive: Path, tmp_path: Path) -> None:
        path = tmp_path / "half.tar.gz"
        path.write_bytes(archive.read_bytes()[:5000])

        with pytest.raises(ModelUnavailable, match="cannot be unpacked"):
            pretrained("a0", tmp_path / "a0.weights.h5", source=path)

    def test_a_folder_without_a_checkpoint_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match="holds 0 checkpoints"):
            pretrained("a0", tmp_path / "a0.weights.h5", source=tmp_path)

    def test_without_a_network_the_download_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(ModelUnavailable, match="cannot be downloaded") as caught:
            pretrained("a0", tmp_path / "a0.weights.h5", source="https://127.0.0.1:1/movinet_a0_base.tar.gz")
        assert "give its path" in caught.value.hint

    def test_an_unknown_variant_is_refused_with_the_known_ones(self, tmp_path: Path) -> None:
        with pytest.raises(BadRequest, match="'b0'") as caught:
            pretrained("b0", tmp_path / "b0.weights.h5", source=tmp_path)
        assert "a0, a1, a2, a3, a4, a5" in caught.value.hint

    def test_another_kind_of_target_is_refused_before_any_work(self, tmp_path: Path) -> None:
        with pytest.raises(BadRequest, match=r"backbone\.keras"):
            pretrained("a0", tmp_path / "backbone.keras", source=tmp_path)
