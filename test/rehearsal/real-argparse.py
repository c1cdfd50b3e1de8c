"""Rebuilds Megatron-LM's parser from the recorded list with Python's own argparse, and says what it makes of each line.

Standard input: {"list": [...], "lines": [[...], ...]}; standard output: for each line its complaint, or an empty string.
The converting functions have the names they have in megatron/training/arguments.py: argparse's messages carry them.
"""

import argparse
import json
import re
import sys


def tuple_type(x):
    return tuple(int(i) for i in x.strip("()").split(","))


def pattern(x):
    if "[" not in x:
        return int(x)
    if re.search(r"[^,\d\[\]\(\)\+\*]", x):
        raise ValueError(x)
    try:
        return eval(x)
    except SyntaxError as error:  # a traceback in Megatron; here a refusal like others
        raise ValueError(x) from error


def moe_freq_type(x):
    return pattern(x)


def no_rope_freq_type(x):
    return pattern(x)


def la_freq_type(x):
    return pattern(x)


def _parse_cuda_graph_modules_arg(x):
    if x not in "attn mlp moe moe_router moe_preprocess mamba full full_iteration full_iteration_inference".split():
        raise ValueError(x)
    return x


PATTERNS = {"no_rope_freq": no_rope_freq_type, "linear_attention_freq": la_freq_type}


def type_of(row):
    def enum_type_handler(x):
        if x not in row["choices"]:
            raise ValueError(x)  # KeyError in Megatron
        return x

    if row["type"] == "int_or_pylist":
        return PATTERNS.get(row["dest"], moe_freq_type)
    return {
        "int": int,
        "float": float,
        "bool": bool,
        "enum": enum_type_handler,
        "int_tuple": tuple_type,
        "cuda_graph_modules": _parse_cuda_graph_modules_arg,
    }.get(row["type"], str)


def add(parser, row):
    if row["action"] == "help":
        return
    options = {"dest": row["dest"], "default": row["default"]}
    if row["action"] == "boolean_optional":
        parser.add_argument(row["flags"][0], action=argparse.BooleanOptionalAction, **options)
    elif row["action"] != "store":
        parser.add_argument(*row["flags"], action=row["action"], **options)
    else:
        more = {"type": type_of(row), "choices": row["choices"], "nargs": row["nargs"]}
        parser.add_argument(*row["flags"], **options, **more)


class Complaint(Exception):
    pass


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Complaint(message)


def main():
    asked = json.load(sys.stdin)
    parser = Parser(allow_abbrev=False)
    for row in asked["list"]:
        add(parser, row)
    answers = []
    for line in asked["lines"]:
        try:
            parser.parse_args(line)
            answers.append("")
        except Complaint as complaint:
            answers.append(str(complaint))
    json.dump(answers, sys.stdout)


main()
