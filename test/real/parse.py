"""Gives command lines to Megatron-LM's own parse_args and validate_args.

Standard input: one JSON object a line, {"argv": [...], "world": N, "env": {...}}. Standard output: one a line,
{"values": {attribute: text}} or {"error": "last line of the traceback", "code": N}. Each runs in a process of its own, since
both keep state. Without PyTorch an empty stand-in takes its place: neither function computes anything with it.
"""
import importlib.abc
import importlib.machinery
import importlib.util
import io
import contextlib
import json
import os
import sys
import types

STAND_INS = ("torch", "triton", "apex", "transformer_engine", "numpy", "modelopt")


class Anything:
    """Whatever is asked of it is another one; as a decorator it gives the function back."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return args[0] if len(args) == 1 and callable(args[0]) else Anything()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __mro_entries__(self, bases):
        return (object,)

    def __class_getitem__(cls, item):
        return cls

    def __getitem__(self, key):
        return Anything()

    def __or__(self, other):
        return Anything

    __ror__ = __or__

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def __iter__(self):
        return iter(())

    def __hash__(self):
        return id(self)


for each in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "lt", "le", "gt", "ge"):
    setattr(Anything, f"__{each}__", lambda self, *others: Anything())
    setattr(Anything, f"__r{each}__", lambda self, *others: Anything())


class Dtype:
    def __init__(self, name="torch.float32"):
        self.name = name

    def __repr__(self):
        return self.name


class StandIn(types.ModuleType):
    __path__ = []
    __version__ = "2.11.0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "dtype":
            return Dtype
        if self.__name__ == "torch" and name in NAMES_OF_DTYPES:
            return NAMES_OF_DTYPES[name]
        if name[:1].isupper():
            made = type(name, (Anything,), {})
            setattr(self, name, made)
            return made
        return Anything()


NAMES = ("float32", "float", "bfloat16", "float16", "half", "uint8", "int8", "int32", "int64", "long", "float64", "bool")
NAMES_OF_DTYPES = {name: Dtype("torch." + name) for name in NAMES}


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, absent):
        self.absent = absent

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.absent:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def text_of(value):
    return str(value)


def one(line):
    from megatron.training.arguments import parse_args, validate_args

    asked = json.loads(line)
    os.environ.update(RANK="0", LOCAL_RANK="0", WORLD_SIZE=str(asked["world"]), **asked["env"])
    sys.argv = ["pretrain_gpt.py", *asked["argv"]]
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            args = parse_args()
            validate_args(args)
    except SystemExit as left:
        return {"error": said.getvalue().strip().splitlines()[-1:] or [""], "code": left.code}
    except BaseException as broken:  # pylint: disable=broad-except
        return {"error": [f"{type(broken).__name__}: {broken}"], "code": 1}
    return {"values": {key: text_of(value) for key, value in vars(args).items()}, "said": said.getvalue()}


def apart(line):
    """The answer of a child, whose globals end with it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(write, "w") as out:
            out.write(json.dumps(one(line)))
            out.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text or json.dumps({"error": ["it died without a word"], "code": 1})


if __name__ == "__main__":
    if importlib.util.find_spec("torch") is None or os.environ.get("STAND_INS"):
        sys.meta_path.insert(0, Finder([name for name in STAND_INS if os.environ.get("STAND_INS") or importlib.util.find_spec(name) is None]))
    import megatron.training.arguments  # noqa: F401, once for all children

    for each in sys.stdin:
        print(apart(each), flush=True)
