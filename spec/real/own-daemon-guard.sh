#!/bin/bash
# Ends a daemon of a spec's own when standard input ends, which the spec holds: because it is done, or died without a word.
#
#   spec/real/own-daemon-guard.sh FOLDER    removes FOLDER, all that was mounted in it and all that was started from it
set -uo pipefail
folder=$1

# The daemon and its helpers have the folder in their environment or arguments; the rest are their containers.
ours() {
  local process pid
  for process in /proc/[0-9]*; do
    pid=${process#/proc/}
    [[ $pid != "$$" && $pid != "$BASHPID" ]] || continue
    if grep -qsaF "$folder" "$process/environ" "$process/cmdline"; then
      echo "$pid"
      cat "$process"/task/*/children 2>/dev/null
    fi
  done
}

mounts() { cut -d ' ' -f 2 /proc/mounts | grep -F "$folder/" | tac; }

while read -r _; do :; done
for _ in {1..50}; do
  pids=$(ours)
  [[ -n $pids ]] || break
  # shellcheck disable=SC2086 # one word each
  kill -KILL $pids 2>/dev/null
  sleep 0.1
done
for _ in {1..50}; do
  mounts | while read -r mount; do umount -l "$mount"; done
  rm -rf --one-file-system "$folder" && break
  sleep 0.1
done
