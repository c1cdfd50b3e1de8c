#!/bin/bash
# meta-llama/Llama-3.1-8B-Instruct to the layout of Megatron. It is made beside its place, looked at, and moved in; run again it begins anew.
set -eu -o pipefail

rm -rf -- /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part

python3 \
    /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/import-1/hf_folder.py \
    check \
    /gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct \
    --parameters=8030261248

torchrun \
    --standalone \
    --nproc-per-node=1 \
    scripts/conversion/run_conversion.py \
    import \
    --device=gpu \
    --hf-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct \
    --megatron-path=/gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part \
    --torch-dtype=bfloat16 \
    --tp=1 \
    --pp=1 \
    --ep=1

python3 \
    /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/import-1/hf_folder.py \
    megatron \
    /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part \
    --like=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct

# A folder that is there was left by a run that did not end here: mv would go into it.
rm -rf -- /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import
mv -T -- /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import.part /gs/bs/my-group/USER-NOT-SET/martlet/runs/preview/checkpoints/import
