#!/usr/bin/env bash
# Writes the revision that CodeDeploy brings to an instance: package_app.sh OUT
#
# OUT must be empty or absent. The wheels are for PYTHON (default python3), which must be the instances' version, 3.12.
# The commit is CODEBUILD_RESOLVED_SOURCE_VERSION, which CodeBuild sets, or else the checkout's.
set -euo pipefail
umask 022

out=${1:?"usage: package_app.sh OUT"}
python=${PYTHON:-python3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
commit=${CODEBUILD_RESOLVED_SOURCE_VERSION:-$(git -C "$root" rev-parse HEAD)}

# The part of model/ that the page imports when the function predicts: no decoder, no engine, no weights.
modules=(__init__ bundle contract defaults errors spreadsheet units)
rooms=(answers report)
workout=(__init__ corrected timeline written)

mkdir -p "$out"
if [[ -n $(ls -A "$out") ]]; then
    echo "$out is not empty" >&2
    exit 1
fi
out=$(cd "$out" && pwd)
cp "$root/appspec.yml" "$out"
mkdir -p "$out/scripts" "$out/model/workout" "$out/requirements" "$out/golden"
cp -R "$root/scripts/hooks" "$root/scripts/instance" "$out/scripts"
cp -R "$root/app" "$out"
for module in "${modules[@]}"; do
    cp "$root/model/$module.py" "$out/model"
done
for room in "${rooms[@]}"; do
    cp -R "$root/model/$room" "$out/model"
done
for module in "${workout[@]}"; do
    cp "$root/model/workout/$module.py" "$out/model/workout"
done
find "$out" -name __pycache__ -prune -exec rm -rf {} +
cp "$root/requirements/web.txt" "$out/requirements"
printf '%s\n' "$commit" >"$out/RELEASE"

# The clip that validates a deployment, and the answer of the embedded model to it.
"$python" - "$root/model/bundles/default/assets.extra" "$out/golden" <<'EOF'
import json, pathlib, shutil, sys

bundle, out = map(pathlib.Path, sys.argv[1:])
contract = json.loads((bundle / "contract.json").read_text(encoding="utf-8"))
clip, probabilities = next(iter(json.loads((bundle / "golden" / "golden.json").read_text(encoding="utf-8")).items()))
label = contract["movements"][max(range(len(contract["movements"])), key=probabilities.__getitem__)]["label"]
shutil.copyfile(bundle / "golden" / clip, out / "clip.mp4")
(out / "expected.json").write_text(json.dumps({"model": contract["name"], "label": label}) + "\n", encoding="utf-8")
EOF

"$python" -m pip --disable-pip-version-check download --quiet --no-deps --require-hashes --only-binary :all: \
    --requirement "$out/requirements/web.txt" --dest "$out/wheels"
echo "revision of $commit in $out: $(du -sh "$out" | cut -f 1)"
