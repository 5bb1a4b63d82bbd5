#!/usr/bin/env bash
# Puts the locked npm packages in place once; JamEmr.OnnxRuntime.csproj calls it. Arguments: cpu | cuda.
# Builds that run side by side wait here for one another: the first installs, the others find it done.
set -euo pipefail
cd "$(dirname "$0")"
device=${1:-cpu}

exec 9>"${TMPDIR:-/tmp}/jamemr-onnxruntime-$(pwd | cksum | cut -d' ' -f1).lock"
if command -v flock >/dev/null; then flock 9; fi

# npm ci empties node_modules, marks included: a mark there never outlives what it stands for.
mark="node_modules/.installed-$device"
if [[ -e $mark && ! package.json -nt $mark && ! package-lock.json -nt $mark ]]; then exit 0; fi

if ! command -v npm >/dev/null; then
  echo "install.sh: error ONNX001: npm is not installed, and ONNX Runtime's sources and native library come from npm. Install Node.js with npm, or build with -p:OnnxRuntimeSource=NuGet." >&2
  exit 1
fi

omit=()
if [[ $device == cpu ]]; then omit=(--omit=optional); fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error "${omit[@]}"
touch node_modules/.installed-cpu "$mark"
