#!/bin/sh
#PBS -q rt_HF
#PBS -N moe-cpt
#PBS -P gaa00001
#PBS -l select=16:ncpus=192:mpiprocs=8
#PBS -l walltime=24:00:00
#PBS -j oe
#PBS -koed
#PBS -V

cd $PBS_O_WORKDIR
source /etc/profile.d/modules.sh
module use /groups/gaa00001/modulefiles
module load cuda/12.9.1 nccl/2.27.5-cuda12.9
module load hpcx/2.20
source .venv/bin/activate

JOB=$(echo $PBS_JOBID | cut -d. -f1)
export MASTER_ADDR=$(/usr/sbin/ip a show dev bond0 | grep 'inet ' | awk '{ print $2 }' | cut -d "/" -f 1)
export MASTER_PORT=$((10000 + ($JOB % 50000)))
GPUS_PER_NODE=8
NODES=$(sort -u $PBS_NODEFILE | wc -l)
NUM_GPUS=$((NODES * GPUS_PER_NODE))
mkdir -p ./hosts
HOSTS=./hosts/$JOB
sort -u "$PBS_NODEFILE" | while read -r line; do
  echo "${line} slots=${GPUS_PER_NODE}"
done >"$HOSTS"

TP=1
PP=1
CP=2
DATA_PARALLEL_SIZE=$((NUM_GPUS / (TP * PP)))
LR=3.0E-5
MIN_LR=3.0E-6
STEPS=2000
TOKENIZER=/groups/gaa00001/hf/Qwen3-30B-A3B-Base/
BASE=/groups/gaa00001/megatron/Qwen3-30B-A3B-Base
SAVE=/groups/gaa00001/checkpoints/moe/lr${LR}-dp${DATA_PARALLEL_SIZE}
mkdir -p ${SAVE}

DATA=""
DATA="${DATA} 3000000000 /groups/gaa00001/data/qwen3/ja_wiki_text_document"
DATA="${DATA} 5000000000 /groups/gaa00001/data/qwen3/web/dump_0_text_document"
DATA="${DATA} 2000000000 /groups/gaa00001/data/qwen3/code/dump_0_text_document"

if [[ -f "${SAVE}/latest_checkpointed_iteration.txt" ]]; then
  CKPT_ARGS="--load ${SAVE}"
else
  CKPT_ARGS="--load ${BASE} --no-load-rng --no-load-optim"
fi
OVERLAP_ARGS=""
if [[ $TP -gt 1 ]]; then
  OVERLAP_ARGS="--tp-comm-overlap"
fi

mpirun --report-bindings -np $NUM_GPUS \
  --map-by ppr:$GPUS_PER_NODE:node \
  -hostfile $HOSTS \
  -x MASTER_ADDR=$MASTER_ADDR -x MASTER_PORT=$MASTER_PORT \
  -x CUDA_DEVICE_MAX_CONNECTIONS=1 \
  -x NCCL_IB_TIMEOUT=22 \
  -x TORCH_NCCL_AVOID_RECORD_STREAMS=1 \
  -bind-to none \
  python pretrain_gpt.py \
  --tensor-model-parallel-size ${TP} \
  --pipeline-model-parallel-size ${PP} \
  --context-parallel-size ${CP} \
  --expert-model-parallel-size 8 \
  --use-distributed-optimizer --overlap-grad-reduce --overlap-param-gather \
  ${OVERLAP_ARGS} \
  --distributed-timeout-minutes 30 \
  --num-layers 48 --hidden-size 2048 --ffn-hidden-size 6144 \
  --num-attention-heads 32 --group-query-attention --num-query-groups 4 --kv-channels 128 \
  --seq-length 32768 --max-position-embeddings 32768 \
  --micro-batch-size 1 --global-batch-size 256 \
  --train-iters ${STEPS} \
  --tokenizer-type HuggingFaceTokenizer --tokenizer-model ${TOKENIZER} \
  --make-vocab-size-divisible-by 1187 \
  ${CKPT_ARGS} --save ${SAVE} \
  --data-path ${DATA} --split 990,10,0 \
  --distributed-backend nccl \
  --lr ${LR} --min-lr ${MIN_LR} --lr-decay-style cosine --lr-decay-iters ${STEPS} --lr-warmup-iters 100 \
  --weight-decay 0.1 --clip-grad 1 --optimizer adam --adam-beta1 0.9 --adam-beta2 0.95 \
  --log-interval 1 --save-interval 500 --ckpt-format torch_dist --async-save \
  --eval-interval 500 --eval-iters 10 \
  --bf16 --no-initialization --exit-on-missing-checkpoint --use-checkpoint-args \
  --untie-embeddings-and-output-weights --no-position-embedding --position-embedding-type rope \
  --rotary-base 1000000.0 --disable-bias-linear --use-mcore-models \
  --normalization RMSNorm --norm-epsilon 1e-6 --qk-layernorm --swiglu \
  --attention-dropout 0.0 --hidden-dropout 0.0 \
  --num-experts 128 --moe-ffn-hidden-size 768 --moe-router-topk 8 --moe-router-dtype fp32 \
  --moe-aux-loss-coeff 1e-3 --moe-token-dispatcher-type alltoall --moe-router-load-balancing-type aux_loss \
  --moe-grouped-gemm --moe-permute-fusion \
  --use-flash-attn --transformer-impl "transformer_engine" --use-mpi --log-throughput
