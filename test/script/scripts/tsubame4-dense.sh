#!/bin/sh
#$ -cwd
#$ -l node_f=8
#$ -o outputs/dense/$JOB_ID
#$ -p -3

module load cuda/12.4
module load openmpi/5.0.7-gcc
set -e
source /gs/fs/tga-example/venv/bin/activate
cd /gs/fs/tga-example/src/Megatron-LM

export MASTER_ADDR=$(/usr/sbin/ip a show dev bond0 | grep 'inet ' | awk '{ print $2 }' | cut -d "/" -f 1)
export MASTER_PORT=12345
export WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567
NUM_GPUS=$((NHOSTS * 4))
HOSTS=hosts_${JOB_ID}
while read -r hostname _ rest; do
  echo "${hostname} slots=4"
done <"$PE_HOSTFILE" >"$HOSTS"

LR=2.5E-5
OUT=/gs/bs/tga-example/checkpoints/dense
CKPT="--load /gs/bs/tga-example/megatron/Llama-3.1-8B/tp2-pp1 --no-load-rng --no-load-optim"
if [ -f $OUT/latest_checkpointed_iteration.txt ]; then CKPT="--load $OUT"; fi

mpirun -np $NUM_GPUS --npernode 4 -hostfile $HOSTS \
  -x MASTER_ADDR -x MASTER_PORT -x CUDA_DEVICE_MAX_CONNECTIONS=1 -x LD_LIBRARY_PATH -x PATH \
  --mca btl_tcp_if_include bond0 \
  /gs/fs/tga-example/venv/bin/python pretrain_gpt.py \
  --tensor-model-parallel-size 2 --pipeline-model-parallel-size 1 --sequence-parallel \
  --use-distributed-optimizer --overlap-grad-reduce --overlap-param-gather \
  --num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 --num-attention-heads 32 \
  --group-query-attention --num-query-groups 8 --seq-length 8192 --max-position-embeddings 8192 \
  --micro-batch-size 2 --global-batch-size 512 --train-iters 12500 \
  --tokenizer-type Llama3Tokenizer \
  --tokenizer-model /gs/bs/tga-example/hf/Meta-Llama-3.1-8B/tokenizer.json \
  --reset-position-ids --reset-attention-mask \
  $CKPT --save $OUT \
  --data-path 32000000000 /gs/bs/tga-example/data/code_text_document 18000000000 /gs/bs/tga-example/data/math_text_document \
  --split 990,10,0 \
  --lr $LR --min-lr 2.5E-6 --lr-decay-style cosine --lr-decay-iters 12500 --lr-warmup-iters 1000 \
  --weight-decay 0.1 --clip-grad 1 --optimizer adam --adam-beta1 0.9 --adam-beta2 0.95 --adam-eps 1e-8 \
  --log-interval 1 --save-interval 500 --eval-interval 500 --eval-iters 10 --bf16 \
  --untie-embeddings-and-output-weights --position-embedding-type rope --rotary-base 500000.0 \
  --rope-factor 8.0 --rope-low-freq-factor 1.0 --rope-high-freq-factor 4.0 \
  --rope-original-max-positional-embeddings 8192 \
  --disable-bias-linear --normalization RMSNorm --norm-epsilon 1e-5 --swiglu \
  --attention-dropout 0.0 --hidden-dropout 0.0 \
  --no-masked-softmax-fusion --use-flash-attn --accumulate-allreduce-grads-in-fp32 \
  --use-mpi --use-z-loss \
  --wandb-name dense-$LR --wandb-project Dense --wandb-entity my-team
