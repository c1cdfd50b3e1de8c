#!/bin/bash
# A checkpoint of Megatron to a Hugging Face folder. It is made beside its place, looked at, and moved in; run again it begins anew.
set -eu -o pipefail

rm -rf -- /fsx/ubuntu/martlet/runs/preview/checkpoints/export.part

view=/fsx/ubuntu/martlet/runs/preview/checkpoints/export.megatron dir=/fsx/ubuntu/martlet/runs/preview/checkpoints/cpt described=/fsx/ubuntu/martlet/runs/preview/checkpoints/import
step=$(tr -d "[:space:]" <"$dir/latest_checkpointed_iteration.txt")
iteration=$(printf "iter_%07d" "$((10#$step))")
if [ ! -s "$dir/$iteration/metadata.json" ]; then
  echo "martlet: $dir/$iteration is no whole checkpoint" >&2
  exit 1
fi
rm -rf -- "$view"
mkdir -p "$view/$iteration"
ln -s -- "$dir/$iteration"/* "$dir/$iteration"/.metadata "$view/$iteration/"
if [ ! -e "$view/$iteration/run_config.yaml" ]; then
  for config in "$described"/run_config.yaml "$described"/iter_*/run_config.yaml; do
    if [ -s "$config" ]; then cp -- "$config" "$view/$iteration/run_config.yaml"; fi
  done
fi
if [ ! -s "$view/$iteration/run_config.yaml" ]; then
  echo "martlet: no run_config.yaml in $described: import the base with megatron-bridge, which writes it" >&2
  exit 1
fi

torchrun \
    --standalone \
    --nproc-per-node=1 \
    scripts/conversion/run_conversion.py \
    export \
    --device=gpu \
    --hf-model=/fsx/ubuntu/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct \
    --megatron-path=/fsx/ubuntu/martlet/runs/preview/checkpoints/export.megatron \
    --hf-path=/fsx/ubuntu/martlet/runs/preview/checkpoints/export.part \
    --torch-dtype=bfloat16 \
    --tp=1 \
    --pp=1 \
    --ep=1

python3 \
    /fsx/ubuntu/martlet/runs/preview/export-1/hf_folder.py \
    complete \
    /fsx/ubuntu/martlet/runs/preview/checkpoints/export.part \
    --from=/fsx/ubuntu/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct

python3 \
    /fsx/ubuntu/martlet/runs/preview/export-1/hf_folder.py \
    check \
    /fsx/ubuntu/martlet/runs/preview/checkpoints/export.part \
    --parameters=8030261248 \
    --like=/fsx/ubuntu/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct

rm -rf -- "$view"

# A folder that is there was left by a run that did not end here: mv would go into it.
rm -rf -- /fsx/ubuntu/martlet/runs/preview/checkpoints/export
mv -T -- /fsx/ubuntu/martlet/runs/preview/checkpoints/export.part /fsx/ubuntu/martlet/runs/preview/checkpoints/export
