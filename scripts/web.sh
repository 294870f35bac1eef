#!/bin/sh
# The web client: `web.sh build|check|test|soak`. Without Node >= 20 it says so and leaves it out, except in CI.
# `build` does nothing while the built client is newer than everything it is made of; `feeling serve` asks so too.
set -eu
cd "$(dirname "$0")/../web"

# sw.js is what a build writes last; what tools write among the sources is none of them
fresh() {
	[ -f dist/sw.js ] && [ -z "$(
		find src messages public scripts index.html ./*.config.* package-lock.json \
			../contracts/labels.json ../contracts/phrases.json ../src/feeling_manager/music/starter.tsv \
			\( -path src/paraglide -o -path src/ui/font \) -prune -o -type f -newer dist/sw.js -print
	)" ]
}

[ "${1:-}" != build ] || ! fresh || exit 0
if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
	echo "web client: 1 skipped (Node >= 20 is not installed)"
	[ "${CI:-}" != true ]
	exit
fi
if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
	echo "web client: installing what builds it"
	# not `npm ci`: it wants every platform's optional packages in the lock, and npm writes those it could reach
	npm install --no-save --no-audit --no-fund --loglevel=error
	touch node_modules/.installed
fi
case "${1:-}" in
build)
	echo "web client: building"
	said=$(npm run -s build 2>&1) || { echo "$said"; exit 1; }
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
soak)
	if [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
		echo "web client in a browser: 1 skipped (Chromium is not installed)"
		exit
	fi
	shift
	npm run -s soak -- "$@"
	;;
*)
	echo "usage: web.sh build|check|test|soak [--minutes N]" >&2
	exit 2
	;;
esac
