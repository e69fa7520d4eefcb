#!/usr/bin/env bash
# Builds the image and tries its command where there is no Docker: as root, with Debian's buildah.
# Without a registry at hand, tag an image of your own with the name that the Dockerfile begins with.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

image=panoptes-trial
export BUILDAH_ISOLATION=chroot

buildah build --format docker --tag "$image" .
container=$(buildah from "$image")
trap 'buildah rm "$container" >/dev/null' EXIT

# The image's own health check, less its first word (CMD).
health=$(buildah inspect --type image \
    --format '{{range .Docker.Config.Healthcheck.Test}}{{.}}{{"\n"}}{{end}}' "$image")
mapfile -t health <<<"$health"

# shellcheck disable=SC2016 # The container's shell fills these in.
buildah run "$container" -- sh -euc '
    echo "== as $(id -un), who can write here:"
    find / -xdev \( -path /proc -o -path /dev -o -path /sys -o ! -readable -o ! -executable \) \
        -prune -o -type d -writable -print
    panoptes &
    server=$!
    until "$@" 2>/dev/null; do
        kill -0 "$server"
        sleep 0.2
    done
    echo "== healthy"
    kill "$server"
    wait "$server"
    echo "== stopped in order"
' sh "${health[@]:1}"
