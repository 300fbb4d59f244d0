#!/usr/bin/env bash
# Checks the manifests against Kubernetes' schemas, offline. What other operators define has no schema there, and is named.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../cmake/bootstrap.sh"
venv=$cache_dir/kubernetes-validate
if [ ! -e "$venv/.complete" ]; then
    python=$(find_python)
    rm -rf "$venv"
    "$python" -m venv "$venv"
    quietly "$venv/bin/python" -m pip install -q kubernetes-validate==1.32.0
    touch "$venv/.complete"
fi
for file in "$(dirname "${BASH_SOURCE[0]}")"/base/*.yaml; do
    case $(basename "$file") in
        kustomization.yaml | monitor.yaml | scaling.yaml) echo "INFO  $file: no schema of Kubernetes' own" ;;
        *) "$venv/bin/kubernetes-validate" --strict "$file" ;;
    esac
done
