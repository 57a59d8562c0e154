#!/usr/bin/env bash
# Have Chromium and its driver for the end-to-end test: install them, or say how.
set -euo pipefail

missing=()
command -v chromium > /dev/null || missing+=(chromium)
command -v chromedriver > /dev/null || missing+=(chromium-driver)
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && grep -qsx 'ID=debian' /etc/os-release; then
    echo "Installing ${missing[*]} for the end-to-end test."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install --yes --no-install-recommends "${missing[@]}" > /dev/null
    exit 0
fi

cat >&2 << 'HOW'
The end-to-end test drives Chromium, which is not here (`chromium` and `chromedriver` are looked
for on the PATH). Without it that test is skipped. To install it:
    Debian:  sudo apt-get install chromium chromium-driver
    Fedora:  sudo dnf install chromium chromedriver
    Arch:    sudo pacman -S chromium
    macOS:   brew install --cask chromium chromedriver
HOW
if [ -n "${CI:-}" ]; then
    echo "CI is set, so the test may not be skipped." >&2
    exit 1
fi
