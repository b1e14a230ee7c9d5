#!/usr/bin/env bash
# Carry on with a study after whatever stopped it: profiles/slurm/carry-on.sh [arguments of snakemake].
# Cancels the jobs that a Snakemake that is gone left in the queue (two processes must never write the same file;
# training and generation resume from their last checkpoint), forgets that run, runs `.venv/bin/snakemake --profile slurm`. With -n: a plan.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
PATH="$PWD/.venv/bin:$PATH"
case " $* " in *" -n "* | *" --dry-run "* | *" --dryrun "*) plan=yes ;; *) plan= ;; esac

for process in /proc/[0-9]*; do
  if [ "$(readlink "$process/cwd" 2>/dev/null)" = "$PWD" ] &&
    tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -q "bin/snakemake .*slurm"; then
    [ "$plan" ] || { echo "error: snakemake runs here (process ${process#/proc/}); wait for it, or kill it first" >&2; exit 1; }
  fi
done

left() { # jobs of this folder in the queue
  command -v squeue >/dev/null || return 0
  squeue --noheader --user "$(id -un)" --format '%i|%j|%Z' |
    awk -F'|' -v here="$PWD" '$2 ~ /^polyglot_/ && $3 == here { print $1 }'
}

if ! jobs=$(left); then
  [ "$plan" ] || { echo "error: squeue does not answer; run this again when SLURM's controller is back" >&2; exit 1; }
fi
if [ "$jobs" ]; then
  echo "cancelling jobs left in the queue:" $jobs
  if [ ! "$plan" ]; then
    scancel $jobs
    while [ "$(left)" ]; do sleep 1; done
  fi
fi
for run in results/.running/*.json; do # a living run, on whatever machine, holds its own locked
  [ "$plan" ] || [ ! -e "$run" ] || flock --nonblock "$run" rm -f "$run" "${run%.json}.txt" || true
done
exec snakemake --profile slurm "$@"
