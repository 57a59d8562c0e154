#!/usr/bin/env bash
# Have the programs that the tests drive: install them, or say how.
set -euo pipefail

# What is looked for on the PATH, and the Debian package that brings it.
needed=(
    chromium:chromium
    chromedriver:chromium-driver
    firefox-esr:firefox-esr
    nginx:nginx
    prometheus:prometheus
)

missing=()
for entry in "${needed[@]}"; do
    command -v "${entry%%:*}" > /dev/null || [ -x "/usr/sbin/${entry%%:*}" ] || missing+=("${entry##*:}")
done
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && grep -qsx 'ID=debian' /etc/os-release; then
    echo "Installing what the tests drive: ${missing[*]}."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install --yes --no-install-recommends "${missing[@]}" > /dev/null
    exit 0
fi

cat >&2 << HOW
The tests drive real browsers, a real proxy and a real Prometheus, and some are not here: ${missing[*]}.
Without them those tests are skipped. To install them:
    Debian:  sudo apt-get install chromium chromium-driver firefox-esr nginx prometheus
    Fedora:  sudo dnf install chromium chromedriver firefox nginx golang-github-prometheus
    Arch:    sudo pacman -S chromium firefox nginx prometheus
    macOS:   brew install nginx prometheus && brew install --cask chromium chromedriver firefox
HOW
if [ -n "${CI:-}" ]; then
    echo "CI is set, so no test may be skipped." >&2
    exit 1
fi
