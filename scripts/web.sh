#!/bin/sh
# The web client: `web.sh build|check|test`. Without Node >= 20 it says so and leaves it out, except in CI.
set -eu

if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
	echo "web client: 1 skipped (Node >= 20 is not installed)"
	[ "${CI:-}" != true ]
	exit
fi
cd "$(dirname "$0")/../web"
if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
	# not `npm ci`: it wants every platform's optional packages in the lock, and npm writes those it could reach
	npm install --no-save --no-audit --no-fund --loglevel=error
	touch node_modules/.installed
fi
case "${1:-}" in
build)
	npm run -s build
	;;
check)
	npm run -s check
	;;
test)
	if [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
		npm run -s test -- --project node
		echo "web client in a browser: 2 skipped (Chromium is not installed)"
		[ "${CI:-}" != true ]
		exit
	fi
	npm run -s test
	npm run -s e2e
	;;
*)
	echo "usage: web.sh build|check|test" >&2
	exit 2
	;;
esac
