# shellcheck shell=bash
# This node's GPUs, before the program holds all nodes up with a broken one.

check_gpus() {
  local seen bad
  seen=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ')
  if ((seen < MARTLET_GPUS_PER_NODE)); then
    refuse 86 "nvidia-smi sees $seen GPUs, $MARTLET_GPUS_PER_NODE are wanted"
  fi
  # Errors since the last reset of the driver; a card without ECC says [N/A].
  bad=$(nvidia-smi --query-gpu=index,ecc.errors.uncorrected.volatile.total --format=csv,noheader 2>/dev/null |
    awk -F', *' '$2 ~ /^[1-9]/ { printf " GPU %s: %s", $1, $2 }')
  if [ -n "$bad" ]; then refuse 86 "uncorrectable memory errors since the last reset:$bad"; fi
}

if [ "$MARTLET_GPUS" = yes ] && [ -z "${MARTLET_REHEARSAL:-}" ] && [ "${LOCAL_RANK:-0}" = 0 ]; then check_gpus; fi
