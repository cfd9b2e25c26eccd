#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what is missing, builds, and runs all tests.  The last line is
# "N passed, N failed".  BUILD names another build folder than ./build; other
# arguments go to 'meson test'.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath -m "${BUILD:-build}")

tests/install-packages.sh tests
[ -f "$build/build.ninja" ] || meson setup "$build" >/dev/null
ninja -C "$build"

log=$build/meson-logs/testlog.json
status=0
# they wait more than they compute
meson test -C "$build" --no-rebuild --print-errorlogs \
  --num-processes "$((2 * $(nproc)))" "$@" || status=$?

# every case of every program counts, not only the programs
python3 - "$log" "$status" <<'PY'
import json, re, sys

passed = failed = skipped = 0
for line in open(sys.argv[1]):
    test = json.loads(line)
    cases = re.findall(r'^\s*(not ok|ok)\b(.*)$', test.get('stdout') or '', re.M)
    bad = sum(kind == 'not ok' for kind, _ in cases)
    skip = sum(kind == 'ok' and '# SKIP' in rest for kind, rest in cases)
    passed += len(cases) - bad - skip
    skipped += skip
    failed += bad
    if test['result'] in ('OK', 'EXPECTEDFAIL') and not cases:
        passed += 1
    elif test['result'] == 'SKIP' and not cases:
        skipped += 1
    elif test['result'] in ('FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT') and not bad:
        failed += 1
if failed == 0 and int(sys.argv[2]) != 0:
    failed = 1
if skipped:
    print(f'{skipped} skipped: see {sys.argv[1]}')
print(f'{passed} passed, {failed} failed')
sys.exit(1 if failed or not passed else 0)
PY
