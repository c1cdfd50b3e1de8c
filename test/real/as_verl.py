"""Calls the reward as veRL does: loaded from its path under a name that sys.modules does not know, with keyword arguments.

The first argument is what is done, the second the path of math_reward.py; one JSON object goes to standard output.
"""

import functools
import importlib.util
import json
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def load(path):
    spec = importlib.util.spec_from_file_location(f"custom_module_{hash(path)}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_kwargs(function, extra, **kwargs):
    return function(**{**kwargs, **extra})


def score(function, solution, truth, **extra):
    asked = {
        "data_source": "t",
        "solution_str": solution,
        "ground_truth": truth,
        "extra_info": {"num_turns": 1, "index": 3},
    }
    return with_kwargs(function, {"timeout_seconds": 20, "checkers": 2, **extra}, **asked)


def tower(inner="1"):
    return "\\boxed{" + f"9^{{9^{{9^{{9}}}}}}+{inner}" + "}"


TRAPS = {
    "a tower of powers": tower(),
    "a tower in Python's words": "\\boxed{9**9**9**9}",
    "the factorial of a factorial": "\\boxed{((((100!)!)!)!)!}",
    "the factorial of a billion": "\\boxed{1000000000!}",
    "five thousand brackets": "\\boxed{" + "(" * 900 + "1" + ")" * 900 + "}",
    "three hundred fractions in each other": "\\boxed{" + "\\frac{1}{" * 180 + "1" + "}" * 180 + "}",
    "forty fractions in each other": "\\boxed{" + "\\frac{1}{1+" * 38 + "1" + "}" * 38 + "}",
    "thirty roots in each other": "\\boxed{" + "\\sqrt{1+" * 30 + "2" + "}" * 30 + "}",
    "a million letters": "x" * 10**6,
    "a million digits in a box": "\\boxed{" + "1" * 10**6 + "}",
    "a million boxes that open": "\\boxed{" * 150_000,
    "two thousand digits": "\\boxed{" + "9" * 1990 + "}",
    "a million blanks behind the word": "answer" + " " * 10**6,
    "a hundred thousand answers": "answer is " * 100_000,
    "a hundred thousand dollars": "$" * 100_000,
    "a macro that calls itself": "\\boxed{\\def\\x{\\x\\x}\\x}",
    "a sum of a million million": "\\boxed{\\sum_{n=1}^{10^{12}} \\frac{1}{n^n}}",
    "a product of a billion": "\\boxed{\\prod_{n=1}^{1000000000} n}",
    "an integral nobody has": "\\boxed{\\int_0^1 x^{x^{x^x}} dx}",
    "a binomial of a billion": "\\boxed{\\binom{10^9}{5\\cdot10^8}}",
    "the sine of a tower": "\\boxed{\\sin(10^{10^{10}})}",
    "a power too great to write": "\\boxed{1e999999999}",
    "nine hundred names": "\\boxed{" + "a " * 990 + "}",
    "nine hundred numbers": "\\boxed{" + "1 " * 900 + "}",
    "two thousand minus signs": "\\boxed{" + "-" * 1900 + "1}",
    "digits and then letters": "\\boxed{" + "1" * 900 + "a" * 900 + " }",
    "units without end": "\\boxed{" + "5 m " * 400 + "}",
    "signs without end": "\\boxed{" + "\\pm 2" * 300 + "}",
    "inequalities without end": "\\boxed{" + "x<" * 900 + "2}",
    "bars without end": "\\boxed{" + "|" * 1900 + "}",
    "a zero byte": "\\boxed{\x00}",
    "half a character": "\\boxed{\ud800}",
    "text that runs backwards": "\\boxed{\u202e21}",
}


def traps(module):
    found = {}
    for name, solution in TRAPS.items():
        result = score(module.compute_score, solution, "7", timeout_seconds=2)
        after = score(module.compute_score, "\\boxed{7}", "7")
        found[name] = {**result, "pred": "", "after": after["score"]}
    found["a tower as the truth"] = {
        **score(module.compute_score, "\\boxed{7}", "9^{9^{9^{9}}}", timeout_seconds=2),
        "after": 1.0,
    }
    module.CHECKERS.close()
    return {"found": found, "most_kib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}


def threads(module):
    """Thirty-two threads, a hang among every eight answers."""
    asked = [tower(str(i)) if i % 8 == 0 else f"\\boxed{{\\frac{{{2 * i}}}{{4}}}}" for i in range(64)]
    with ThreadPoolExecutor(32) as pool:
        results = list(
            pool.map(lambda i: score(module.compute_score, asked[i], f"{i}/2", timeout_seconds=3), range(64))
        )
    alarm = signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    return {"results": results, "checkers": len(children()), "alarm": alarm, "counts": module.CHECKERS.counts}


def children():
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "--check" in line]


def kill_checkers():
    for pid in children():
        os.kill(pid, signal.SIGKILL)


def killed(module):
    """Checkers that are killed from outside, as a machine short of memory does: one that waits, and one that works."""
    kill_checkers()
    time.sleep(1)
    idle = score(module.compute_score, "\\boxed{7}", "7", checkers=1)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(score, module.compute_score, tower(), "7", timeout_seconds=60, checkers=1)
        time.sleep(1)
        kill_checkers()
    after = score(module.compute_score, "\\boxed{7}", "7", checkers=1)
    return {"idle": idle, "busy": busy.result(), "after": after, "counts": module.CHECKERS.counts}


def misspelt(module):
    """reward_kwargs with a name that is none of ours, and one that veRL adds."""
    extra = {"timeout": 3, "reward_router_address": "a:1"}
    return {"results": [score(module.compute_score, "#### 7", "7", **extra) for _ in range(3)]}


def pickled(module):
    """As the remote manager sends it to another process."""
    import cloudpickle

    sent = cloudpickle.dumps(functools.partial(with_kwargs, module.compute_score, {"timeout_seconds": 20}))
    code = "import sys, json, cloudpickle; f = cloudpickle.loads(sys.stdin.buffer.read()); print(json.dumps(f(data_source='t', solution_str='#### 7', ground_truth='7', extra_info={})))"
    there = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True)
    return {"result": json.loads(there.stdout or "null"), "said": there.stderr.decode()}


def orphan(module):
    """The checkers of a process that dies at once while one of them hangs. Printed before the end, for nobody comes back."""
    pool = ThreadPoolExecutor(2)
    pool.submit(score, module.compute_score, tower(), "7", timeout_seconds=2)
    time.sleep(1)
    print(json.dumps({"pids": children()}), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](load(sys.argv[2]))))
