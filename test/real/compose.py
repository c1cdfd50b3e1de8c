"""Composes configurations with Hydra over the release's own files, and prints them as JSON.

argv: the wheel of veRL, a folder to unpack into. Standard input: [{"dir": ..., "name": ...}]; dir null: the release's own.
"""
import json
import os
import sys
import zipfile


def unpack(wheel, home):
    """Only the configuration, as packages without code: veRL's own start imports PyTorch and Ray."""
    inside = "verl/trainer/config/"
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(inside) and name.endswith(".yaml"):
                archive.extract(name, home)
    for package in ("verl", "verl/trainer", "verl/trainer/config"):
        open(os.path.join(home, package, "__init__.py"), "w").close()


def composed(job):
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    own = os.path.join(sys.argv[2], "verl/trainer/config")
    with initialize_config_dir(version_base=None, config_dir=job["dir"] or own):
        config = compose(config_name=job["name"], overrides=job.get("overrides", []))
    return {
        "written": OmegaConf.to_container(config, resolve=False),
        "resolved": OmegaConf.to_container(config, resolve=True),
    }


unpack(sys.argv[1], sys.argv[2])
sys.path.insert(0, sys.argv[2])
json.dump([composed(job) for job in json.load(sys.stdin)], sys.stdout)
