# shellcheck shell=bash
# Runs once on every node, or once for every GPU. $1: env.BOOT, what the job's side found out at its start.
set -u
umask "$MARTLET_UMASK"
# shellcheck disable=SC1090
. "$1" || exit 84

if ! [[ $MARTLET_RANK =~ ^[0-9]+$ ]]; then
  echo "martlet: the launcher set no rank, so it is not known which node this is" >&2
  exit 85
fi
NODE_HOST=${MARTLET_PRETEND_HOST:-$(uname -n)}
export MARTLET_NODE_RANK=$((MARTLET_RANK / MARTLET_RANKS_PER_NODE))
# Every process below carries this mark in its environment, so that it is found again whatever started it in between. The
# folder is in it, because job ids of two schedulers on one machine may be equal.
MARTLET_SIGN=$(cksum <<<"$MARTLET_ATTEMPT_DIR")
export MARTLET_SIGN=${MARTLET_SIGN// /.}.$MARTLET_JOB_ID.$MARTLET_BOOT.$MARTLET_LAUNCH.$MARTLET_RANK
export MARTLET_PROCESSES=${MARTLET_PROCESSES:-$((MARTLET_NODES * MARTLET_RANKS_PER_NODE))}

# Tells the job's side, whose launcher may keep only one exit code of all: refuse CODE TEXT
refuse() {
  echo "martlet: $NODE_HOST: $2" >&2
  echo "$NODE_HOST: $2" >>"$MARTLET_ATTEMPT_DIR/trouble.$MARTLET_BOOT"
  exit "$1"
}
