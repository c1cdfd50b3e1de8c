# shellcheck shell=bash
# Runs once on every node, or once for every GPU. $1: env.BOOT, what the job's side found out at its start.
set -u
umask "$MARTLET_UMASK"
# shellcheck disable=SC1090
. "$1" || exit 84

# Launchers below PMI or PMIx (Intel MPI, MPICH, a wrapped mpirun) have other names for the same three numbers.
export MARTLET_RANK=${MARTLET_RANK:-${PMIX_RANK:-${PMI_RANK:-}}}
export MARTLET_LOCAL_RANK=${MARTLET_LOCAL_RANK:-${MPI_LOCALRANKID:-}}
export MARTLET_SIZE=${MARTLET_SIZE:-${PMI_SIZE:-}}
if ! [[ $MARTLET_RANK =~ ^[0-9]+$ ]]; then
  echo "martlet: the launcher set no rank, so it is not known which node this is" >&2
  exit 85
fi
if ! [[ $MARTLET_LOCAL_RANK =~ ^[0-9]+$ ]]; then MARTLET_LOCAL_RANK=$((MARTLET_RANK % MARTLET_RANKS_PER_NODE)); fi
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
  echo "$1 $NODE_HOST: $2" >>"$MARTLET_ATTEMPT_DIR/trouble.$MARTLET_BOOT"
  exit "$1"
}

# A launcher of another MPI starts each process as rank 0 of 1, and one that spreads ranks in another order gives them wrong
# GPUs: both would hang, or train something else.
check_ranks() {
  local wanted=$((MARTLET_NODES * MARTLET_RANKS_PER_NODE))
  if [ "$MARTLET_START" != torchrun ]; then return; fi
  if [[ $MARTLET_SIZE =~ ^[0-9]+$ ]] && ((MARTLET_SIZE != wanted)); then
    refuse 85 "the launcher started $MARTLET_SIZE processes, the plan has $wanted"
  fi
  if ((MARTLET_RANK >= wanted || MARTLET_RANK % MARTLET_RANKS_PER_NODE != MARTLET_LOCAL_RANK)); then
    refuse 85 "the launcher made this process rank $MARTLET_RANK and number $MARTLET_LOCAL_RANK of its node; the plan has $wanted ranks, $MARTLET_RANKS_PER_NODE on each node in order"
  fi
}
check_ranks
