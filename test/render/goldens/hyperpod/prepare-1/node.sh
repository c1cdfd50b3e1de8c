#!/bin/bash

# demo, stage prepare, segment 1, on each node. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=demo
export MARTLET_RUN_DIR=/fsx/alice/martlet/runs/demo
export MARTLET_STAGE=prepare
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/fsx/alice/martlet/runs/demo/prepare-1
export MARTLET_NODES=1
export MARTLET_GPUS_PER_NODE=0
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=25
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=''
export MARTLET_RANK="${SLURM_PROCID}"
export MARTLET_LOCAL_RANK="${SLURM_LOCALID}"
export MARTLET_SIZE="${SLURM_NTASKS}"
export MARTLET_RANKS=per-node
export MARTLET_START=single
export MARTLET_GPUS=no
export MARTLET_ACTIVATE=''
export MARTLET_CODE=/fsx/alice/martlet/software/megatron-lm
export MARTLET_RELEASE=''
export MARTLET_RELEASE_FILE=''
export MARTLET_RELEASE_VERSION=''
export MARTLET_PASS_PREFIX=''
export MARTLET_PASS=''

modules() {
  :
}

environment() {
  unset ROCR_VISIBLE_DEVICES
  export NCCL_SOCKET_IFNAME='^lo,docker0,veth_def_agent'
  export HF_HOME=/fsx/alice/martlet/cache/huggingface
  export XDG_CACHE_HOME=/fsx/alice/martlet/cache/xdg
  export TORCH_EXTENSIONS_DIR=/fsx/alice/martlet/cache/torch_extensions
  export TMPDIR=/opt/dlami/nvme
  export TRITON_CACHE_DIR=/opt/dlami/nvme/triton
  export FI_PROVIDER=efa
  export FI_EFA_USE_HUGE_PAGE=0
  export NCCL_NET='AWS Libfabric'
  export OMPI_MCA_pml='^cm,ucx'
  export OMPI_MCA_btl=tcp,self
  put_in_front LD_LIBRARY_PATH /opt/amazon/efa/lib:/opt/amazon/ofi-nccl/lib
  limit core 0
}

secrets() {
  secret HF_TOKEN /run/secrets/HF_TOKEN
}

program() {
  exec bash \
    /fsx/alice/martlet/runs/demo/prepare-1/prepare.sh
}

# ---- templates/job/common-site.sh, as it is ----


# ---- templates/job/node-10-base.sh, as it is ----


# ---- templates/job/node-20-setup.sh, as it is ----


# ---- templates/job/node-30-check.sh, as it is ----


# ---- templates/job/node-35-release.sh, as it is ----


# ---- templates/job/node-40-run.sh, as it is ----
