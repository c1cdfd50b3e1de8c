#!/bin/bash
# Tokenises what is not there yet, one dataset after the other; run again it goes on with the first one missing.
set -eu

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/ja-wikipedia_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/ja-wikipedia.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/ja-wikipedia \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-llm-top10.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-llm-top10 \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-wiki-top10.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-wiki-top10 \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-qa_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-corpus-v2-qa.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-corpus-v2-qa \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/laboro-paracorpus_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/laboro-paracorpus.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/laboro-paracorpus \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/en-wikipedia_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/en-wikipedia.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/en-wikipedia \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/cosmopedia_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/cosmopedia.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/cosmopedia \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/dclm-baseline_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/dclm-baseline.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/dclm-baseline \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-code_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-code.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-code \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi

if [ ! -s /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-math_text_document.idx ]; then
  mkdir -p /gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1
  python \
    tools/preprocess_data.py \
    --input=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/raw/swallow-math.jsonl \
    --output-prefix=/gs/fs/my-group/USER-NOT-SET/martlet/datasets/llama-3.1/swallow-math \
    --workers=32 \
    --append-eod \
    --tokenizer-type=HuggingFaceTokenizer \
    --tokenizer-model=/gs/bs/my-group/USER-NOT-SET/martlet/models/hf/meta-llama/Llama-3.1-8B-Instruct
fi
