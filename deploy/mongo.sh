#!/bin/sh
# Starts a MongoDB of compose with the key by which the servers of a set or cluster know each other.
# MongoDB wants the key in a file that only its own user can read.
set -eu
rm -f /tmp/key
(umask 0377 && echo "$MONGO_KEY" > /tmp/key)
exec docker-entrypoint.sh "$@" --keyFile /tmp/key
