#!/bin/sh
# Installs what the tests need of the system, where root allows it quickly: `system.sh libgl` or `system.sh test`.
# Without root nothing is installed: OpenCV then says what is missing, and tests skip with their reason.
set -eu

root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

install() {
	missing=""
	for package in "$@"; do
		dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
	done
	[ -z "$missing" ] && return 0
	root || { echo "not installed (needs root):$missing" >&2; return 0; }
	echo "installing:$missing" >&2
	apt-get update -q >/dev/null 2>&1 || true
	# services are not to start by themselves: tests start their own
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
}

case "${1:-}" in
libgl)
	# opencv-python needs libGL
	ldconfig -p 2>/dev/null | grep -q libGL.so.1 || install libgl1 libglib2.0-0
	;;
test)
	install postgresql mariadb-server xvfb xdotool fonts-noto-cjk chromium
	# the web client's walk through the two other browsers
	install firefox-esr webkit2gtk-driver dbus-x11 \
		gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
	if [ "${CI:-}" = true ]; then
		.venv/bin/python -c 'import torch' 2>/dev/null || .venv/bin/python -m pip install -q -r requirements/train.txt
	fi
	;;
*)
	echo "usage: system.sh libgl|test" >&2
	exit 2
	;;
esac
