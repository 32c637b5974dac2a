from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEAVY = ("tensorflow", "keras", "cv2", "ai_edge_litert", "numpy", "botocore.client")


def test_importing_the_handler_brings_no_decoder_engine_or_aws_client_along() -> None:
    code = f"import json, sys, classify.handler; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda'}"}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == []


def test_in_lambda_the_worker_and_the_connection_are_ready_before_the_first_request(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    code = (
        "import sys, classify.handler as h; name = h.service()._workers.contract.name; "
        f"print(name, 'botocore.client' in sys.modules, [name for name in {HEAVY[:-1]} if name in sys.modules])"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda'}",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "UPLOAD_BUCKET": "uploads",
        "BUNDLE": str(tiny_bundle),
        "TMPDIR": str(tmp_path),
    }
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["tiny", "True", "[]"]
