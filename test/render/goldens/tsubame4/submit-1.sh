#!/bin/bash

# Asks Grid Engine for 2 jobs, each once. Made by martlet; safe to run again.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN_DIR=/gs/bs/tga-my-group/alice/martlet/runs/demo
export MARTLET_UMASK=022
export MARTLET_ID_PATTERN='^[Yourjbay -]*([0-9]+)(\.[0-9]+-[0-9]+:[0-9]+)?( [(]".*"[)] has been submitted)? *$'
export MARTLET_KEEPS='PATH HOME USER LOGNAME SHELL LANG LC_ALL TZ TMPDIR KRB5CCNAME SGE_ROOT SGE_CELL SGE_CLUSTER_NAME SGE_QMASTER_PORT SGE_EXECD_PORT'
export MARTLET_LOGIN=-l

jobs() {
  job prepare-1/A1 '' \
    qsub \
      -terse \
      -g tga-my-group \
      -N mt-demo-prepare-1-1 \
      -ac 'token=mt-demo-prepare-1-1' \
      job.sh
  job cpt-1/A1 prepare-1/A1 \
    qsub \
      -terse \
      -g tga-my-group \
      -N mt-demo-cpt-1-1 \
      -ac 'token=mt-demo-cpt-1-1' \
      -hold_jid "$(id_of prepare-1/A1)" \
      job.sh
}

# ---- templates/walk/lock.sh, as it is ----


# ---- templates/walk/ask.sh, as it is ----


# ---- templates/walk/submit.sh, as it is ----
