#!/bin/bash

# Asks PBS Professional for 2 jobs, each once. Made by martlet; safe to run again.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN_DIR=/groups/my-group/alice/martlet/runs/demo
export MARTLET_UMASK=022
export MARTLET_ID_PATTERN='^([0-9]+(\[\])?(\.[A-Za-z0-9._-]+)?)$'
export MARTLET_KEEPS='PATH HOME USER LOGNAME SHELL LANG LC_ALL TZ TMPDIR KRB5CCNAME PBS_CONF_FILE PBS_EXEC'
export MARTLET_LOGIN=''

jobs() {
  job prepare-1/A1 '' \
    /opt/pbs/bin/qsub \
      -N mt-demo-prepare-1-1 \
      job.sh
  job cpt-1/A1 prepare-1/A1 \
    /opt/pbs/bin/qsub \
      -N mt-demo-cpt-1-1 \
      -W 'depend=afterok:'"$(id_of prepare-1/A1)" \
      job.sh
}

# ---- templates/walk/lock.sh, as it is ----


# ---- templates/walk/ask.sh, as it is ----


# ---- templates/walk/submit.sh, as it is ----
