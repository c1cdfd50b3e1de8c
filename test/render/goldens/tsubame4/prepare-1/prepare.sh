#!/bin/bash
python tools/preprocess_data.py --workers=32
