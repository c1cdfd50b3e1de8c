#!/bin/bash

# Asks Slurm for 2 jobs, each once. Made by martlet; safe to run again.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN_DIR=/fsx/alice/martlet/runs/demo
export MARTLET_UMASK=022
export MARTLET_ID_PATTERN='^[Ssubmited achjo]*([0-9]+)(;[A-Za-z0-9_.-]+| on cluster [A-Za-z0-9_.-]+)?$'
export MARTLET_KEEPS='PATH HOME USER LOGNAME SHELL LANG LC_ALL TZ TMPDIR KRB5CCNAME SLURM_CONF'
export MARTLET_LOGIN=''

jobs() {
  job prepare-1/A1 '' \
    /opt/slurm/bin/sbatch \
      --parsable \
      --job-name=mt-demo-prepare-1-1 \
      --comment=mt-demo-prepare-1-1 \
      job.sh
  job cpt-1/A1 prepare-1/A1 \
    /opt/slurm/bin/sbatch \
      --parsable \
      --job-name=mt-demo-cpt-1-1 \
      --comment=mt-demo-cpt-1-1 \
      --dependency=afterok:"$(id_of prepare-1/A1)" \
      job.sh
}

# ---- templates/walk/lock.sh, as it is ----


# ---- templates/walk/ask.sh, as it is ----


# ---- templates/walk/submit.sh, as it is ----
