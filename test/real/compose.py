"""Composes configurations with Hydra over veRL's own files, and lets veRL's own checks look at them. Prints JSON.

argv: the wheel of veRL, a folder to unpack it into. Standard input: a list of {"dir", "name", "overrides", "check"}; dir null is
the release's own folder. What veRL imports and these functions never compute with (PyTorch, Ray, ...) are empty stand-ins.
"""
import importlib.abc
import importlib.machinery
import json
import os
import sys
import types
import zipfile

WHEEL, HOME = sys.argv[1:]
ABSENT = (
    "torch transformers ray tensordict numpy codetiming datasets peft accelerate torchdata pandas vllm megatron cachetools triton "
    "PIL safetensors huggingface_hub orjson filelock"
).split()
CONFIGS = os.path.join(HOME, "verl/trainer/config")


class Nothing(type):
    """A name of an absent library: called, subscripted or looked into, it is another one."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return nothing(name)

    def __call__(cls, *_, **__):
        return nothing("result")

    def __getitem__(cls, _):
        return cls

    def __or__(cls, _):
        return cls

    __ror__ = __or__

    def __iter__(cls):
        return iter(())

    def __bool__(cls):
        return False


def nothing(name):
    return Nothing(name, (), {})


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.__getattr__ = lambda name: nothing(name)
        return module

    def exec_module(self, module):
        pass


def package(name, text):
    """A package with another start than its own, which would import the whole of veRL."""
    with open(os.path.join(HOME, name.replace(".", "/"), "__init__.py"), "w") as start:
        start.write(text)


def composed(job):
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    with initialize_config_dir(version_base=None, config_dir=job["dir"] or CONFIGS):
        config = compose(config_name=job["name"], overrides=job.get("overrides", []))
    return {
        "written": OmegaConf.to_container(config, resolve=False),
        "resolved": OmegaConf.to_container(config, resolve=True),
        "refused": refused(config) if job.get("check") else None,
    }


def refused(config):
    """What main_ppo's own check and the dataclasses of actor and rollout say; null: nothing."""
    from verl.utils.config import omega_conf_to_dataclass, validate_config

    needs_reference = config.actor_rollout_ref.actor.use_kl_loss or config.algorithm.use_kl_in_reward
    try:
        validate_config(config=config, use_reference_policy=bool(needs_reference), use_critic=False)
        for node in (config.actor_rollout_ref.actor, config.actor_rollout_ref.rollout, config.algorithm):
            omega_conf_to_dataclass(node)
    except Exception as error:  # noqa: BLE001, whatever it is, it is the answer
        return f"{type(error).__name__}: {error}"
    return None


with zipfile.ZipFile(WHEEL) as archive:
    archive.extractall(HOME)
sys.meta_path.insert(0, Absent())
package("verl", "DataProto = None\n")
package("verl.trainer", "")
package("verl.utils", "hf_processor = hf_tokenizer = None\n")
sys.path.insert(0, HOME)
said, sys.stdout = sys.stdout, sys.stderr
json.dump([composed(job) for job in json.load(sys.stdin)], said)
