#!/bin/bash

# preview, stage cpt, segment 1, on each node. Made by martlet: the same plan gives the same bytes.
# shellcheck disable=SC2153,SC2317
export MARTLET_RUN=preview
export MARTLET_RUN_DIR=/fsx/ubuntu/martlet/runs/preview
export MARTLET_STAGE=cpt
export MARTLET_SEGMENT=1
export MARTLET_JOB_DIR=/fsx/ubuntu/martlet/runs/preview/cpt-1
export MARTLET_NODES=4
export MARTLET_GPUS_PER_NODE=8
export MARTLET_RANKS_PER_NODE=1
export MARTLET_GRACE_SECONDS=25
export MARTLET_UMASK=022
export MARTLET_MODULES_INIT=''
export MARTLET_RANK="${SLURM_PROCID}"
export MARTLET_LOCAL_RANK="${SLURM_LOCALID}"
export MARTLET_SIZE="${SLURM_NTASKS}"
export MARTLET_RANKS=per-node
export MARTLET_START=torchrun
export MARTLET_GPUS=yes
export MARTLET_ACTIVATE=''
export MARTLET_CODE=/fsx/ubuntu/martlet/software/megatron-lm
export MARTLET_RELEASE=core_v0.19.0
export MARTLET_RELEASE_FILE=/fsx/ubuntu/martlet/software/megatron-lm/megatron/core/package_info.py
export MARTLET_RELEASE_VERSION=0.19
export MARTLET_PASS_PREFIX=''
export MARTLET_PASS=''

modules() {
  :
}

environment() {
  unset ROCR_VISIBLE_DEVICES
  export NCCL_SOCKET_IFNAME='^lo,docker0,veth_def_agent'
  export HF_HOME=/fsx/ubuntu/martlet/cache/huggingface
  export XDG_CACHE_HOME=/fsx/ubuntu/martlet/cache/xdg
  export TORCH_EXTENSIONS_DIR=/fsx/ubuntu/martlet/cache/torch_extensions
  export TMPDIR=/opt/dlami/nvme
  export TRITON_CACHE_DIR=/opt/dlami/nvme/triton
  export FI_PROVIDER=efa
  export FI_EFA_USE_HUGE_PAGE=0
  export NCCL_NET='AWS Libfabric'
  export OMPI_MCA_pml='^cm,ucx'
  export OMPI_MCA_btl=tcp,self
  export CUDA_DEVICE_MAX_CONNECTIONS=1
  put_in_front LD_LIBRARY_PATH /opt/amazon/efa/lib:/opt/amazon/ofi-nccl/lib
  limit core 0
}

secrets() {
  :
}

program() {
  exec torchrun \
    --nnodes=4 \
    --nproc-per-node=8 \
    --node-rank="${MARTLET_NODE_RANK}" \
    --master-addr="${MASTER_ADDR}" \
    --master-port="${MASTER_PORT}" \
    --max-restarts=0 \
    pretrain_gpt.py \
    --num-layers=32 \
    --hidden-size=4096 \
    --ffn-hidden-size=14336 \
    --num-attention-heads=32 \
    --group-query-attention \
    --num-query-groups=8 \
    --kv-channels=128 \
    --max-position-embeddings=131072 \
    --position-embedding-type=rope \
    --rotary-base=500000 \
    --use-rope-scaling \
    --normalization=RMSNorm \
    --norm-epsilon=1e-5 \
    --swiglu \
    --disable-bias-linear \
    --untie-embeddings-and-output-weights \
    --attention-dropout=0.0 \
    --hidden-dropout=0.0 \
    --transformer-impl=transformer_engine \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/fsx/ubuntu/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct \
    --padded-vocab-size=128256 \
    --tensor-model-parallel-size=2 \
    --pipeline-model-parallel-size=1 \
    --context-parallel-size=1 \
    --sequence-parallel \
    --use-distributed-optimizer \
    --overlap-grad-reduce \
    --overlap-param-gather \
    --seq-length=8192 \
    --micro-batch-size=2 \
    --global-batch-size=1024 \
    --train-iters=25000 \
    --optimizer=adam \
    --lr=2.5e-5 \
    --min-lr=2.5e-6 \
    --adam-beta1=0.9 \
    --adam-beta2=0.95 \
    --adam-eps=1e-8 \
    --weight-decay=0.1 \
    --clip-grad=1 \
    --lr-decay-style=cosine \
    --lr-warmup-iters=1000 \
    --lr-decay-iters=25000 \
    --bf16 \
    --data-path 3382000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/ja-wikipedia_text_document \
    88361000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document \
    38573000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document \
    6800000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document \
    883000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/laboro-paracorpus_text_document \
    4427000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/en-wikipedia_text_document \
    10129000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/cosmopedia_text_document \
    5844000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/dclm-baseline_text_document \
    32000000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-code_text_document \
    9600000000 \
    /fsx/ubuntu/martlet/datasets/llama-3.1/swallow-math_text_document \
    --split=990,10,0 \
    --data-cache-path=/fsx/ubuntu/martlet/runs/preview/cache/cpt \
    --dataloader-inter-document-masking \
    --no-create-attention-mask-in-dataloader \
    --seed=1234 \
    --eval-interval=500 \
    --eval-iters=10 \
    --save=/fsx/ubuntu/martlet/runs/preview/checkpoints/cpt \
    --load=/fsx/ubuntu/martlet/runs/preview/checkpoints/cpt \
    --pretrained-checkpoint=/fsx/ubuntu/martlet/runs/preview/checkpoints/import \
    --save-interval=500 \
    --ckpt-format=torch_dist \
    --async-save \
    --use-persistent-ckpt-worker \
    --exit-duration-in-mins="${MARTLET_MINUTES_LEFT}" \
    --exit-signal-handler \
    --log-interval=1 \
    --log-throughput \
    --log-progress \
    --tensorboard-dir=/fsx/ubuntu/martlet/runs/preview/tensorboard/cpt \
    --wandb-project=Llama-3.1-8B \
    --wandb-exp-name=preview-cpt \
    --use-flash-attn \
    --no-masked-softmax-fusion \
    --distributed-timeout-minutes=30
}

# ---- templates/job/common-site.sh, as it is ----
# shellcheck shell=bash
# What a site wants before anything runs; the same on the job's side and on every node. modules is written above.

# Modules and activate scripts read variables that may not be set.
set_up_site() {
  local code=0 init=${MARTLET_PRETEND_MODULES:-$MARTLET_MODULES_INIT}
  set +u
  if [ -e "$MARTLET_JOB_DIR/prologue.sh" ]; then
    # shellcheck disable=SC1091
    . "$MARTLET_JOB_DIR/prologue.sh" || code=$?
  fi
  # Batch shells do not know `module` until this file is read.
  if ((code == 0)) && [ -n "$init" ]; then
    # shellcheck disable=SC1090
    . "$init" || code=$?
  fi
  if ((code == 0)); then modules || code=$?; fi
  set -u
  return "$code"
}

# A soft limit below what we want is raised; a refusal is told and survived: limit NAME VALUE
limit() {
  case $1 in
    core) ulimit -c "$2" ;;
    data) ulimit -d "$2" ;;
    fsize) ulimit -f "$2" ;;
    memlock) ulimit -l "$2" ;;
    nofile) ulimit -n "$2" ;;
    nproc) ulimit -u "$2" ;;
    stack) ulimit -s "$2" ;;
    *) false ;;
  esac || echo "martlet: ulimit $1 $2 was refused"
}

# Folders first in a path variable: put_in_front NAME FOLDERS
put_in_front() {
  export "$1=$2${!1:+:${!1}}"
}

# ---- templates/job/node-10-base.sh, as it is ----
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

# ---- templates/job/node-20-setup.sh, as it is ----
# shellcheck shell=bash
# The environment of the program, in this order: prologue, modules, virtual environment, then our own values, which win.

# A secret is read here from its own file: secret NAME FILE. Its text is in no script, no log, no process list.
secret() {
  local mode
  if [ -n "${MARTLET_REHEARSAL:-}" ]; then return; fi
  if [ ! -r "$2" ]; then
    echo "martlet: $NODE_HOST: $1 is not set, because $2 cannot be read" >&2
    return
  fi
  mode=$(stat -Lc %a -- "$2")
  case $mode in
    *00) export "$1=$(cat -- "$2")" ;;
    *) refuse 84 "$2 holds the secret $1 and has mode $mode; it must be 600" ;;
  esac
}

activate() {
  if [ -z "$MARTLET_ACTIVATE" ]; then return; fi
  if [ -n "${MARTLET_REHEARSAL:-}" ] && [ ! -e "$MARTLET_ACTIVATE" ]; then return; fi
  set +u
  # shellcheck disable=SC1090
  . "$MARTLET_ACTIVATE" || refuse 84 "$MARTLET_ACTIVATE could not be read"
  set -u
}

enter_code() {
  local code=$MARTLET_CODE
  # A rehearsal needs no checkout of the training program.
  if [ -n "${MARTLET_REHEARSAL:-}" ] && [ ! -d "$code" ]; then code=$MARTLET_JOB_DIR; fi
  if [ -n "$code" ]; then cd "$code" || refuse 84 "the code folder $code cannot be entered"; fi
}

set_up_site || refuse 84 'the prologue or a module could not be loaded'
activate
# PBS sets it to all cores of the node, which eight ranks would each take.
unset OMP_NUM_THREADS
environment
secrets
# Another site's scratch folder is none of this machine's business: that rehearsal (--as) has a record folder.
if [ -n "${TMPDIR:-}" ] && [ -z "${MARTLET_RECORD_DIR:-}" ]; then
  mkdir -p "$TMPDIR" || refuse 84 "the scratch folder $TMPDIR cannot be made"
fi
enter_code

# torchrun makes these for its ranks; without it the launcher's own numbers are theirs.
if [ "$MARTLET_RANKS" = per-gpu ]; then
  export RANK=$MARTLET_RANK LOCAL_RANK=$MARTLET_LOCAL_RANK WORLD_SIZE=$((MARTLET_NODES * MARTLET_RANKS_PER_NODE))
else
  unset RANK LOCAL_RANK WORLD_SIZE
fi

# A container that starts with an empty environment takes NAME from PREFIXNAME.
if [ -n "$MARTLET_PASS_PREFIX" ]; then
  for name in $MARTLET_PASS; do
    if [ -n "${!name+set}" ]; then export "$MARTLET_PASS_PREFIX$name=${!name}"; fi
  done
fi

# ---- templates/job/node-30-check.sh, as it is ----
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

# ---- templates/job/node-35-release.sh, as it is ----
# shellcheck shell=bash
# The release of the code that is about to run, read from its own text (megatron/core/package_info.py), so that neither Python
# nor torch is started for it. Flags, rules and log lines of the plan are of one release: another one stops before its first step.

# `0.19.1`; nothing when the file does not say it.
release_of() {
  awk -F '[= ]+' '/^(MAJOR|MINOR|PATCH) *= *[0-9]+/ { part[$1] = $2 }
    END { if ("MAJOR" in part && "MINOR" in part) print part["MAJOR"] "." part["MINOR"] "." part["PATCH"] }' "$1" 2>/dev/null
}

check_release() {
  local found
  if [ -z "$MARTLET_RELEASE_FILE" ] || [ -n "${MARTLET_REHEARSAL:-}" ]; then return; fi
  found=$(release_of "$MARTLET_RELEASE_FILE")
  if [ -z "$found" ]; then
    echo "martlet: $NODE_HOST: the release of the code is not known, because $MARTLET_RELEASE_FILE does not tell it; the recipe says $MARTLET_RELEASE" >&2
  elif [ -n "$MARTLET_RELEASE_VERSION" ] && [[ $found. != "$MARTLET_RELEASE_VERSION".* ]]; then
    refuse 91 "the code is Megatron-Core $found ($MARTLET_RELEASE_FILE), but the recipe says software release $MARTLET_RELEASE, which is $MARTLET_RELEASE_VERSION"
  fi
}

if [ "${MARTLET_LOCAL_RANK:-0}" = 0 ]; then check_release; fi

# ---- templates/job/node-40-run.sh, as it is ----
# shellcheck shell=bash
# Starts the program, watches for the wish to end, and returns the program's code. program is written above.

PROGRAM=''
SIGNALLED=''
KILL_BY=0
CAUGHT=''
# The launcher ends us, since another node failed or the job is cancelled.
trap 'CAUGHT=yes' TERM INT HUP

# Process ids on this machine that carry our mark.
marked() {
  grep -lszxF -e "MARTLET_SIGN=$MARTLET_SIGN" /proc/[0-9]*/environ | tr -dc '0-9\n'
}

is_rank() {
  local first=''
  grep -qsz '^LOCAL_RANK=' "/proc/$1/environ" || return 1
  IFS= read -r -d '' first 2>/dev/null <"/proc/$1/cmdline"
  case ${first##*/} in
    python* | node*) ;;
    *) return 1 ;;
  esac
}

# The ranks themselves: not torchrun or a container's starter above them, which would kill them, nor their data
# loaders below, whose death is an error.
rank_pids() {
  local pid parent chosen=' '
  for pid in $(marked); do
    if is_rank "$pid"; then chosen="$chosen$pid "; fi
  done
  for pid in $chosen; do
    parent=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
    if [[ $chosen != *" $parent "* ]]; then echo "$pid"; fi
  done
}

# A program that is no set of ranks is signalled as a terminal would do it: all of it.
tell_program() {
  local pids
  if [ "$MARTLET_START" = torchrun ]; then pids=$(rank_pids); else pids=$(marked); fi
  if [ -z "$pids" ]; then return; fi
  # shellcheck disable=SC2086
  kill -s "${MARTLET_STOP_SIGNAL:-TERM}" $pids 2>/dev/null
  SIGNALLED=yes
}

asked_to_end() {
  [ -n "$CAUGHT" ] || [ -e "$MARTLET_ATTEMPT_DIR/end.$MARTLET_BOOT" ] || [ -e "$MARTLET_RUN_DIR/STOP" ]
}

kill_program() {
  local pids
  pids=$(marked)
  # shellcheck disable=SC2086
  if [ -n "$pids" ]; then kill -KILL $pids 2>/dev/null; fi
}

# On several nodes each has a log of its own, which job.sh merges into log.txt; with one node we write there already.
if [ -n "${MARTLET_NODE_LOGS:-}" ]; then
  exec >>"$MARTLET_NODE_LOGS/$MARTLET_NODE_RANK.$MARTLET_BOOT.log" 2>&1 || refuse 85 "no log can be written into $MARTLET_NODE_LOGS"
fi
program </dev/null &
PROGRAM=$!
while kill -0 "$PROGRAM" 2>/dev/null; do
  if [ -n "$CAUGHT" ] && ((KILL_BY == 0)); then KILL_BY=$((SECONDS + MARTLET_GRACE_SECONDS - 2)); fi
  if ((KILL_BY > 0 && SECONDS >= KILL_BY)); then kill_program; fi
  if [ -z "$SIGNALLED" ] && asked_to_end; then tell_program; fi
  sleep "$((SECONDS < 30 ? 0 : 1)).2" &
  { wait "$!"; } 2>/dev/null
done
{ wait "$PROGRAM"; } 2>/dev/null
exit "$?"
