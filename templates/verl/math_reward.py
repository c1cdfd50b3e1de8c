#!/usr/bin/env python3
"""A reward for mathematics: 1 when the final answer of a solution equals the truth, else 0.

For veRL (reward.custom_reward_function, name compute_score) and by hand: `python3 math_reward.py --try FILE.jsonl`.
Equality of expressions is Math-Verify's (pip install math-verify); this file finds the answer, reads its notation, and keeps
the clock. A checker is a process of its own that is killed when it is late: veRL calls rewards from threads, where no alarm works.
Everything is in one file so that it can be copied to where veRL loads it. What counts as equal is written in docs/rewards.md.
"""

import argparse
import atexit
import contextlib
import json
import os
import queue
import re
import select
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction

LONGEST_TEXT = 65_536  # characters after the thinking; an answer stands at the end
LONGEST_ANSWER = 2_000  # characters; a longer one is no answer
DEEPEST_NESTING = 40  # brackets; a deeper one is no answer
MEMORY_BYTES = 2 << 30  # address space of a checker
VERL_ADDS = {"reward_router_address", "reward_model_tokenizer"}  # where a reward model runs beside
START_SECONDS = 120  # a shared disk that is busy makes the import of SymPy slow


# ---- what veRL calls -------------------------------------------------------------------------------------------------


def compute_score(
    data_source=None,
    solution_str="",
    ground_truth="",
    extra_info=None,
    timeout_seconds=20.0,
    checkers=2,
    require_think_end=False,
    **others,
):
    """Score one solution. ground_truth: a text, or a list of which one suffices. timeout_seconds: for one check, without waiting.

    checkers: how many processes check for this process. Returns always the same keys, since veRL reads them from the first
    sample of a batch: score and acc, 1.0 or 0.0; format: boxed, line, or why there is no answer; pred: the answer as it was
    read (for maj@N); timeout and error: 1.0 when the check was late or broke, and the score 0.
    Raises RuntimeError when no checker can work at all (Math-Verify missing): a score would be a lie.
    """
    for name in set(others) - VERL_ADDS:
        CHECKERS.count(f"argument {name}", "compute_score does not know it, and it has no effect")
    truths = ground_truth if isinstance(ground_truth, (list, tuple)) else [ground_truth]
    ask = {
        "solution": tail_of(str(solution_str), require_think_end),
        "truths": [str(each) for each in truths],
    }
    return CHECKERS.ask(ask, float(timeout_seconds), int(checkers))


def tail_of(text, require_think_end=False):
    """What follows the thinking, cut to its end. None: the thinking never ended."""
    end = text.rfind("</think>")
    if end >= 0:
        text = text[end + len("</think>") :]
    elif require_think_end or "<think>" in text:
        return None
    # gpt-oss: special tokens are removed before a reward sees the text, their names stay.
    final = text.rfind("assistantfinal")
    return (text if final < 0 else text[final + len("assistantfinal") :])[-LONGEST_TEXT:]


def scored(right=False, form="none", pred="", timeout=False, error=False):
    score = 1.0 if right else 0.0
    return {
        "score": score,
        "acc": score,
        "format": form,
        "pred": pred,
        "timeout": float(timeout),
        "error": float(error),
    }


# ---- the clock: processes that check ---------------------------------------------------------------------------------


class Checker:
    """One process that checks; who asks it waits no longer than a given time."""

    def __init__(self):
        # A file, not a pipe: what nobody reads must not fill up and block.
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", os.path.abspath(__file__), "--check"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            close_fds=True,
        )
        self.rest = b""
        try:
            hello = self.line(START_SECONDS) or {"absent": f"it said nothing in {START_SECONDS} s"}
        except EOFError:
            hello = {"absent": f"it died: {self.last_words()}"}
        if "absent" in hello:
            self.kill()
            raise RuntimeError(f"no checker of mathematics can start: {hello['absent']}")

    def line(self, seconds):
        """The next line as JSON, or None when the time is over. Raises EOFError when the process is gone."""
        end = time.monotonic() + seconds
        out = self.process.stdout.fileno()
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not readable(out, left):
                return None
            got = os.read(out, 65_536)
            if not got:
                raise EOFError
            self.rest += got
        first, _, self.rest = self.rest.partition(b"\n")
        return json.loads(first)

    def ask(self, ask, seconds):
        self.process.stdin.write(json.dumps({**ask, "seconds": seconds}).encode() + b"\n")
        self.process.stdin.flush()
        return self.line(seconds)

    def last_words(self):
        """Of one whose output has ended: what it said on standard error, or how it ended."""
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            return "it closed its output and goes on"
        self.said.seek(0)
        return self.said.read()[-2_000:].decode(errors="replace").strip() or f"exit code {self.process.returncode}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        # What could not be written is tried again by close.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.said.close()


def readable(descriptor, seconds):
    # poll, not select: select knows no descriptor above 1023, and a Ray worker has many.
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(seconds * 1000))


class Checkers:
    """The checkers of this process: started when first needed, replaced when late or dead, never more than asked for."""

    def __init__(self):
        self.free = queue.LifoQueue()
        self.places = 0
        self.lock = threading.Lock()
        self.counts = {}

    def __reduce__(self):
        # veRL's remote manager pickles the function by value: the other side begins with none.
        return (Checkers, ())

    def begin(self):
        """One checker, so that it is known now whether any can work."""
        self.places += 1
        self.free.put(Checker())

    def take(self, most):
        """A free place: a checker that waits, or None where one is to be started."""
        with self.lock:
            if self.free.empty() and self.places < max(1, most):
                self.places += 1
                return None
        return self.free.get()

    def ask(self, ask, seconds, most):
        checker, kept = self.take(most), None
        try:
            checker = self.alive(checker) or Checker()
            answer = checker.ask(ask, seconds)
            if answer is None:
                self.count("timeout", f"an answer took longer than {seconds:g} s to check; it scores 0")
                return scored(form="timeout", timeout=True)
            kept = checker
            if "broke" in answer:
                self.count(*answer["broke"])
            return scored(**answer["scored"])
        except (EOFError, BrokenPipeError):
            self.count("crash", f"a checker died: {checker.last_words()}")
            return scored(form="error", error=True)
        finally:
            if checker is not None and kept is None:
                checker.kill()
            self.free.put(kept)

    def alive(self, checker):
        """The one that waited, unless it died meanwhile (a machine short of memory): the next answer does not pay for that."""
        if checker is None or checker.process.poll() is None:
            return checker
        self.count("crash", f"a checker died: {checker.last_words()}")
        checker.kill()
        return None

    def count(self, kind, text):
        """Each kind is told once on standard error; the numbers go on."""
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            first = self.counts[kind] == 1
        if first:
            print(
                f"math_reward: {kind}: {text} (told once)",
                file=sys.stderr,
                flush=True,
            )

    def close(self):
        while not self.free.empty():
            checker = self.free.get_nowait()
            if checker is not None:
                checker.kill()


CHECKERS = Checkers()
atexit.register(CHECKERS.close)


# ---- where the answer stands -----------------------------------------------------------------------------------------

BOXES = ("\\boxed", "\\fbox")
WORDS = r"(?:\b(?i:answer)\b|答え?|解答|正解|回答|解)"
MARK = re.compile(
    rf"{WORDS}(?:[ \t*_】）」]*(?:(?i:is|are)\b|[:：=＝]|は|が)|[】）」])[\s*_:：、]*(\S.*)$"  # Answer: x, 答えは x, 【答え】x
    rf"|^[ \t#*_]*(?:[Ff]inal )?{WORDS}[ \t*_]*\n\s*(\S.*)$"  # a heading, and x below
    r"|^[ \t]*####[ \t]*(\S.*)$",
    re.MULTILINE,
)
# 'The largest n is 34': but never out of a sentence that denies.
SENTENCE = re.compile(r"(?:[Tt]he|[Tt]here|[Ww]e|[Ii]t|[Ss]o)\b(?!.*\bnot\b).*\b(?:is|are)\s+(\S.*)$")
AFTER = re.compile(r"[.。!！]\s*$|(?<=\S)(?:\.\s|。|[,;]?\s+(?:because|since|as|so|which|where)\b).*$", re.DOTALL)
POLITE = re.compile(r"\s*(?:です|である|だ|になります|となります|となる|になる)[。.]?\s*$")


def find_answer(text):
    """The last box wins; without one the last line 'Answer: x', '答え: x', '答えは x です' or '#### x'. Else the reason."""
    at = max(text.rfind(each) for each in BOXES)
    if at >= 0:
        answer, form = boxed(text, at)
        return (joined(text, at, answer), form) if form == "boxed" else (answer, form)
    line = None
    for found in MARK.finditer(text):
        line = next(each for each in found.groups() if each is not None)
    while line is not None and MARK.search(line):
        line = next(each for each in MARK.search(line).groups() if each is not None)
    if line is None:
        return None, "none"
    line = POLITE.sub("", AFTER.sub("", POLITE.sub("", line.strip()))).strip()
    sentence = SENTENCE.match(line)
    line = (sentence[1] if sentence else line).strip().strip("*").strip()
    return (line, "line") if line else (None, "none")


SPACE = r"(?:[\s$]|\\[\[\]() ]|\\q?quad)*"
JOINED = re.compile(rf"{SPACE}(?:,|;|、|\b(?:and|or)\b|\\text\s*\{{\s*(?:and|or)\s*\}}|と|または){SPACE}$")


def joined(text, at, answer):
    """'\\boxed{1} and \\boxed{2}' is one answer with two members: to name two is no way to have both tried."""
    answers = [answer]
    while True:
        before = text[:at]
        at = max(before.rfind(each) for each in BOXES)
        start = text.find("{", at)
        inside = balanced(before, start) if at >= 0 and before[at:start] in BOXES else None
        if inside is None or not JOINED.match(before[start + len(inside) + 2 :]):
            return ", ".join(answers)
        answers.insert(0, inside)


def boxed(text, at):
    at += len(next(each for each in BOXES if text.startswith(each, at)))
    while at < len(text) and text[at] == " ":
        at += 1
    if at == len(text):
        return None, "truncated-box"
    if text[at] != "{":
        word = re.match(r"[^\s$。、]+", text[at:])
        return (word[0], "boxed") if word else (None, "none")
    inside = balanced(text, at)
    if inside is None:
        return None, "truncated-box"
    return (inside.strip(), "boxed") if inside.strip() else (None, "none")


def balanced(text, start):
    """What stands in the braces that open at start; an escaped brace is a character."""
    depth, at = 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start + 1 : at]
        at += 1
    return None


# ---- one notation ----------------------------------------------------------------------------------------------------

WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
SIGNS = {
    "　": " ", "\u00a0": " ", "−": "-", "–": "-", "—": "-", "‐": "-", "×": "\\times ", "÷": "/", "·": "\\cdot ", "・": "\\cdot ",
    "√": "\\sqrt ", "π": "\\pi ", "∞": "\\infty ", "°": "^\\circ ", "±": "\\pm ", "∓": "\\mp ", "≤": "\\le ", "≦": "\\le ",
    "≥": "\\ge ", "≧": "\\ge ", "≠": "\\ne ", "∪": "\\cup ", "∩": "\\cap ", "∈": "\\in ", "∅": "\\emptyset ", "ℝ": "\\mathbb{R}",
    "¥": "￥", "、": ",", "，": ",", "½": "\\frac{1}{2}", "⅓": "\\frac{1}{3}", "¼": "\\frac{1}{4}", "¾": "\\frac{3}{4}", "⅔": "\\frac{2}{3}",
    "²": "^{2}", "³": "^{3}", "θ": "\\theta ", "⟨": "\\langle ", "⟩": "\\rangle ", "〜": "~", "℃": "^\\circ C",
}  # fmt: skip
SAME = [
    (r"\\(?:left|right|[bB]ig+[lrm]?)(?![a-zA-Z])", ""),
    (r",\s*\\!\s*", ","),
    (r"(?<![a-zA-Z\\])(or|and)(?![a-zA-Z])", r" \1 "),
    (r"\\(?:displaystyle|textstyle|limits|nolimits|quad|qquad|[!,;:])(?![a-zA-Z])|(?<!\\)\\ |~", " "),
    (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
    (r"\\(?:leq|leqslant)(?![a-zA-Z])|<=", r"\\le "),
    (r"\\(?:geq|geqslant)(?![a-zA-Z])|>=", r"\\ge "),
    (r"\\lt(?![a-zA-Z])", "<"),
    (r"\\gt(?![a-zA-Z])", ">"),
    (r"\\neq(?![a-zA-Z])|!=", r"\\ne "),
    (r"\\(?:lbrace)(?![a-zA-Z])", r"\\{"),
    (r"\\(?:rbrace)(?![a-zA-Z])", r"\\}"),
    (r"\\(?:varnothing)(?![a-zA-Z])", r"\\emptyset"),
    (r"\\(?:degree|degrees)(?![a-zA-Z])", r"^\\circ "),
    (r"\^\s*\{\s*\\circ\s*\}", r"^\\circ "),
    (r"\\frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}"),
    (r"\\frac\s*(\d)\s*\{", r"\\frac{\1}{"),
    (
        r"\\(?:text(?:bf|it|rm|sf|normal)?|math(?:rm|bf|it|sf)|[mh]box|emph|bm|boldsymbol|rm|operatorname)\s*\{([^{}]*)\}",
        r" \1 ",
    ),
    (r"(?<=\d)\{,\}(?=\d)", ","),
    (r"(\d+)と(\d+)分の(\d+)", r"\1\\frac{\3}{\2}"),
    (r"(\d+)分の(\d+)", r"\\frac{\2}{\1}"),
    (
        r"(?i)\b(?:all real numbers|all reals)\b|(?:すべて|全て)の実数|\\mathbb\s*\{R\}|\\R(?![a-zA-Z])",
        r"(-\\infty,\\infty)",
    ),
    (r"(?i)^\s*(?:no (?:real )?solutions?|none|解なし|\\\{\s*\\\})\s*$", r"\\emptyset"),
    (r"^\s*(?:\\approx(?![a-z])|\\simeq|≈|≒|約)\s*", ""),
    (r"\s+", " "),
]
SAME = [(re.compile(pattern), by) for pattern, by in SAME]
WRAPS = [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`")]


def plain(text):
    """One notation for what is written in several: full width, Unicode signs, spacing, kinds of fraction and of text."""
    text = text.translate({**WIDE, **{ord(sign): by for sign, by in SIGNS.items()}}).strip()
    before = None
    while before != text:
        before = text
        text = text.rstrip(".。,;").strip() if not text.endswith("\\,") else text[:-2]
        for left, right in WRAPS:
            if (
                text.startswith(left)
                and text.endswith(right)
                and len(text) > len(left + right)
                and right not in text[len(left) : -len(right)]
            ):
                text = text[len(left) : -len(right)].strip()
    text = text.replace("\\$", "￥USD ").replace("$", "￥USD " if text.count("$") == 1 else " ").replace("\\%", "%")
    for pattern, by in SAME:
        text = pattern.sub(by, text)
    return text.strip()


def is_too_deep(text):
    depth = deepest = 0
    for each in text:
        depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(each, 0)
        deepest = max(deepest, depth)
    return deepest > DEEPEST_NESTING


# ---- numbers and units -----------------------------------------------------------------------------------------------

DECIMAL = r"(?:\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+)(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
RATIO = rf"(?P<decimal>{DECIMAL})(?:\s*/\s*(?P<by>{DECIMAL}))?"
FRAC = rf"\\frac\s*\{{\s*(?P<top>-?{DECIMAL})\s*\}}\s*\{{\s*(?P<bottom>{DECIMAL})\s*\}}"
TENS = r"\s*(?:\\times|\\cdot|\*|x)\s*10\s*\^\s*(?:\{\s*(?P<power>[+-]?\d{1,3})\s*\}|(?P<digit>-?\d))|[eE](?P<e>[+-]?\d{1,3})"
NUMBER = re.compile(rf"([+-]?)\s*(?:(?P<whole>\d+)\s*(?:\s|(?=\\frac))\s*)??(?:{RATIO}|{FRAC})(?:{TENS})?$")
REPEATING = re.compile(r"([+-]?)(\d+)\.(\d*)\\(?:overline|bar|dot)\s*\{\s*(\d+)\s*\}$")
MYRIADS = re.compile(r"(?=\d)(?:(\d+)億)?(?:(\d+)万)?(\d*)$")


def number(text):
    """The exact value of a number as it is written, or None."""
    found = REPEATING.match(text)
    if found:
        sign, whole, fixed, period = found.groups()
        value = Fraction(int(whole + fixed + period) - int(whole + fixed), 10 ** len(fixed) * (10 ** len(period) - 1))
        return -value if sign == "-" else value
    found = MYRIADS.match(text)
    if found and (found[1] or found[2]):
        return Fraction(int(found[1] or 0) * 10**8 + int(found[2] or 0) * 10**4 + int(found[3] or 0))
    found = NUMBER.match(text)
    return value_of(found) if found else None


def value_of(found):
    part = {
        name: Fraction(text.replace(",", "").replace(" ", ""))
        for name, text in found.groupdict().items()
        if text is not None
    }
    bottom = part.get("by", part.get("bottom", Fraction(1)))
    # A whole before a decimal is no mixed number: '2 3'.
    if bottom == 0 or ("whole" in part and "by" not in part and "bottom" not in part):
        return None
    value = part.get("whole", 0) + part.get("decimal", part.get("top", 0)) / bottom
    power = int(part.get("power", part.get("digit", part.get("e", 0))))
    return (-1 if found[1] == "-" else 1) * value * Fraction(10) ** power


# Each unit: what it measures, and its size in that.
UNITS = {
    "length": {"mm": "0.001", "cm": "0.01", "m": 1, "km": 1000, "inch": "0.0254", "ft": "0.3048", "yd": "0.9144", "mi": "1609.344"},
    "mass": {"mg": "0.001", "g": 1, "kg": 1000, "ton": 1000000, "lb": "453.59237"},
    "time": {"ms": "0.001", "sec": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800},
    "volume": {"mL": "0.001", "L": 1},
    "money-usd": {"cent": "0.01", "dollar": 1},
    "money-jpy": {"yen": 1},
    "money-eur": {"euro": 1},
    "money-gbp": {"pound": 1},
    "percent": {"percent": 1},
    "degree": {"degree": 1},
    "radian": {"radian": 1},
    "celsius": {"celsius": 1},
}  # fmt: skip
NAMES = {
    "mm": "ミリメートル ミリ millimeter millimeters", "cm": "センチメートル センチ ㎝ centimeter centimeters centimetre centimetres",
    "m": "メートル meter meters metre metres", "km": "キロメートル ㎞ kilometer kilometers kilometre kilometres", "inch": "inches in",
    "ft": "foot feet", "yd": "yard yards", "mi": "mile miles マイル", "mg": "ミリグラム", "g": "グラム gram grams", "kg": "キログラム ㎏ kilogram kilograms",
    "ton": "tons t トン", "lb": "lbs", "sec": "s second seconds secs 秒 秒間", "minute": "min mins minutes 分 分間", "hour": "h hr hrs hours 時間",
    "day": "days 日 日間", "week": "weeks 週間", "mL": "ml ミリリットル milliliter milliliters", "L": "l リットル liter liters litre litres",
    "cent": "cents セント", "dollar": "dollars ￥USD USD ドル", "yen": "円 ￥ JPY", "euro": "euros € EUR ユーロ", "pound": "pounds £ GBP ポンド",
    "percent": "% パーセント pct", "degree": "^\\circ degrees deg 度", "radian": "radians rad ラジアン", "celsius": "^\\circC",
}  # fmt: skip
SIZES = {
    word: (measure, Fraction(size))
    for measure, units in UNITS.items()
    for unit, size in units.items()
    for word in (unit, *NAMES.get(unit, "").split(" "))
    if word
}
SIZES["^\\circ C"] = ("celsius", Fraction(1))
# Letters that are variables as well: units only after a space, as in '5 m' and '5\text{ m}'.
LETTERS = {"m", "g", "s", "h", "L", "l", "t"}
WORD = "|".join(re.escape(each) for each in sorted(SIZES, key=len, reverse=True))
POWER = r"(?:\s*\^\s*\{?\s*([23])\s*\}?)?"
SQUARE = r"(?:(square|sq\.?|cubic|平方|立方)\s*)?"
UNIT = re.compile(
    # A number, a bracket, pi, or a lone letter before a space; then one unit, or one per another.
    rf"(?P<value>.*?(?:[\d)}}\]億万]|\\pi|(?<![A-Za-z])[a-z](?=\s)))(?P<gap>\s*)"
    rf"{SQUARE}({WORD}){POWER}(?:\s*(?:/|per|毎)\s*({WORD}){POWER})?$"
)
BEFORE = re.compile(r"(?P<sign>-?)\s*(?P<unit>￥USD|￥|€|£)\s*(?P<value>[\d.\\].*)$")
SPEED = re.compile(r"(?:毎(?P<every>[時分秒])|(?P<per>[時分秒])速)\s*(?P<rest>.*)$")
BASE = re.compile(r"(?P<value>\d[0-9A-F]*|[A-F][0-9A-F]+)\s*_\s*\{?\s*(?P<base>\d+)\s*\}?$")
COUNTED = re.compile(
    r"(?:\s(?:square |cubic |sq\.? )?units?(?:\s*\^\s*\{?[23]\}?)?|個|人|本|枚|匹|頭|冊|台|通り|回|倍|歳|才|点|組|番目|つ|種類|ページ)$"
)
LOOSE = re.compile(r"(?P<value>[+-]?[\d.,/\\{}a-z]*\d[\d.,/{}]*)((?:\s+[A-Za-z]+){1,4})$")
NO_UNITS = set("is not or and if more less least most than to plus minus times mod wrong x y z n k a b i e".split())
POWERS = {None: 1, "square": 2, "sq": 2, "sq.": 2, "平方": 2, "cubic": 3, "立方": 3}


def split_unit(text):
    """(value, what it measures or None, size, glued): glued is '5m', which may be five times a variable."""
    speed = SPEED.match(text)
    if speed:
        value, measure, size, _ = split_unit(speed["rest"])
        hour = {"時": 3600, "分": 60, "秒": 1}[speed["every"] or speed["per"]]
        return value, f"{measure}/time", size / hour, False
    base = BASE.match(text)
    if base:
        return base["value"], f"base {base['base']}", Fraction(1), False
    money = BEFORE.match(text)
    if money:
        value = split_unit(money["value"])[0]
        return money["sign"] + value, SIZES[money["unit"]][0], SIZES[money["unit"]][1], False
    found = UNIT.match(text)
    if found and not re.search(r"\\(?:sin|cos|tan|cot|sec|csc|arc\w+|log|ln)\b", found["value"]):
        return measured(found)
    counted = COUNTED.sub("", text)
    loose = LOOSE.match(text)
    if loose and not NO_UNITS & set(loose[2].lower().split()):
        counted = loose["value"]
    return counted.strip(), None, Fraction(1), False


def measured(found):
    value, gap, square, unit, power, under, under_power = found.groups()
    glued = unit in LETTERS and gap == ""
    measure, size = SIZES[unit]
    exponent = int(power or POWERS[square])
    measure, size = (f"{measure}^{exponent}", size**exponent) if exponent > 1 else (measure, size)
    if measure == "length^3":
        measure, size = "volume", size * 1000
    if under:
        below = int(under_power or 1)
        measure += f"/{SIZES[under][0]}" + (f"^{below}" if below > 1 else "")
        size /= SIZES[under][1] ** below
    return value.strip(), measure, size, glued


# ---- the shape of an answer ------------------------------------------------------------------------------------------
#
# A shape is a tuple: ("leaf", None, text), ("named", name, shape, text), ("row", brackets, shapes) for tuples and intervals,
# ("matrix", "", rows of shapes), ("set", shapes), ("list", shapes), ("union", shapes), ("both", shapes) for inequalities
# that hold at once.

EMPTY = ("leaf", None, "\\emptyset")
OPEN, CLOSE = "([{", ")]}"
TOKEN = re.compile(r"\\begin\{[^}]*\}|\\end\{[^}]*\}|\\[a-zA-Z]+|\\.|.", re.DOTALL)
NAME = r"(?:[A-Za-z]|\\[a-z]+)(?:\s*_\s*(?:\w|\{\w+\}))?(?:\s*\(\s*\w\s*\))?"
# What an answer may be called: 'AB', '\\angle ABC', 'P(A)', '面積'; 'x^2' is no name of what x is.
CALLED = (
    r"\\[dt]?frac\{[A-Z]{1,3}\}\{[A-Z]{1,3}\}"
    r"|(?!\\(?:[dt]?frac|sqrt|begin))(?:\\?[^\W\d]|\|)[^+\-*/^=<>;&$\d]{0,40}(?:_\{?\w{1,20}\}?)?[^+\-*/^=<>;&$]{0,40}?"
    r"|\(\s*[a-z](?:\s*,\s*[a-z])+\s*\)"
)
NAMED = re.compile(rf"({CALLED})\s*(?:=|\\in(?![a-z]))\s*(.+)$", re.DOTALL)
LISTED = {",": ",", ";": ",", " or ": "or", "または": "or", "もしくは": "or", " and ": "and", "および": "and", "かつ": "and", "と": "and"}  # fmt: skip
MATRIX = re.compile(
    r"[\[(]?\s*\\begin\s*\{(?P<kind>[pbBvV]?matrix|array)\}(?:\{[lcr| ]+\})?(?P<body>.*)\\end\s*\{(?P=kind)\}\s*[\])]?$",
    re.DOTALL,
)
FRENCH = re.compile(r"([\]\[])([^\[\](),;]+)[,;]([^\[\](),;]+)([\]\[])$")
ORDER = re.compile(r"(<|>|\\le(?![a-z])|\\ge(?![a-z]))")
SIDES = {"<": ("<", False), ">": (">", False), "\\le": ("<", True), "\\ge": (">", True)}


def cut(text, separators):
    """The parts between separators that stand in no bracket, and the separators that were there."""
    parts, seen, depth, start, at = [], set(), 0, 0, 0
    while at < len(text):
        token = TOKEN.match(text, at)[0]
        if token in ("\\{", "\\langle") or token.startswith("\\begin") or token in tuple(OPEN):
            depth += 1
        elif token in ("\\}", "\\rangle") or token.startswith("\\end") or token in tuple(CLOSE):
            depth -= 1
        here = next((each for each in separators if depth == 0 and text.startswith(each, at)), None)
        if here is None:
            at += len(token)
            continue
        parts.append(text[start:at])
        seen.add(here)
        at += len(here)
        start = at
    return [each.strip() for each in [*parts, text[start:]]], seen


def inside(text, left, right):
    """What one pair of brackets encloses, when it encloses all of the text."""
    if not (text.startswith(left) and text.endswith(right) and len(text) >= len(left + right)):
        return None
    depth, at = 0, 0
    while at < len(text):
        token = TOKEN.match(text, at)[0]
        depth += (token in ("\\{", "\\langle") or token in tuple(OPEN)) - (
            token in ("\\}", "\\rangle") or token in tuple(CLOSE)
        )
        at += len(token)
        if depth == 0:
            return text[len(left) : -len(right)].strip() if at == len(text) else None
    return None


def shape(text):
    text = text.strip()
    for read in (
        set_shape,
        matrix_shape,
        french_shape,
        union_shape,
        list_shape,
        order_shape,
        row_shape,
        named_shape,
        sign_shape,
    ):
        found = read(text)
        if found is not None:
            return found
    return ("leaf", None, text)


def set_shape(text):
    body = inside(text, "\\{", "\\}")
    # '{1,2}' prints no braces, and is meant as a set.
    body = inside(text, "{", "}") if body is None and "," in text else body
    if body is None:
        return None
    such = re.match(r"[a-z]\s*(?:\||\\mid(?![a-z])|:)(.*)$", body, re.DOTALL)
    if such:
        return shape(such[1])
    return ("set", [shape(each) for each in cut(body, [",", ";"])[0]] if body else [])


def matrix_shape(text):
    found = MATRIX.match(text)
    if not found or found["kind"] in ("vmatrix", "Vmatrix") or found["body"].count("\\begin"):
        return None
    rows = [each for each in re.split(r"\\\\", found["body"]) if each.strip()]
    return ("matrix", "", [[shape(cell) for cell in row.split("&")] for row in rows])


def french_shape(text):
    found = FRENCH.match(text)
    if not found or (found[1], found[4]) == ("[", "]"):
        return None
    brackets = {"]": "(", "[": "["}[found[1]] + {"[": ")", "]": "]"}[found[4]]
    return ("row", brackets, [shape(found[2]), shape(found[3])])


def union_shape(text):
    parts, seen = cut(text, ["\\cup"])
    return ("union", [shape(each) for each in parts]) if seen else None


def list_shape(text):
    if number(text) is not None or re.match(r"[+-]?(?:￥(?:USD)?)?\s*\d{1,3}(,\d{3})+(?!\d)(?!\s*,)[^,;]*$", text):
        return None
    parts, seen = cut(text, list(LISTED))
    if {",", ";"} <= seen:
        return ("list", [as_point(shape(each)) for each in cut(text, [";"])[0] if each])
    parts = [each for each in parts if each]
    if not seen or len(parts) < 2:
        return None
    found = [shape(each) for each in parts]
    # 'x = 1, 2': the name is that of all.
    if found[0][0] == "named" and all(each[0] != "named" for each in found[1:]):
        found = [found[0], *[("named", found[0][1], each, "") for each in found[1:]]]
    if all(ORDER.search(each) for each in parts):
        return ("union", found) if {LISTED[each] for each in seen} == {"or"} else meet(found)
    return ("list", [each for one in found for each in (one[1] if one[0] == "list" else [one])])


def meet(shapes):
    """'x > 1 and x < 3' is the interval between; what else holds at once stays as it is."""
    low = [each for each in shapes if each[0] == "row" and each[2][1] == ("leaf", None, "\\infty")]
    high = [each for each in shapes if each[0] == "row" and each[2][0] == ("leaf", None, "-\\infty")]
    if len(shapes) == 2 and len(low) == len(high) == 1:
        return ("row", low[0][1][0] + high[0][1][1], [low[0][2][0], high[0][2][1]])
    return ("both", shapes)


def as_point(one):
    """'x = 1, y = 2' as '(1, 2)': the names in the order of the alphabet."""
    names = [each[1] for each in one[1] if each[0] == "named"] if one[0] == "list" else []
    if len(names) < 2 or not len(names) == len(set(names)) == len(one[1]):
        return one
    return ("row", "()", [each[2] for each in sorted(one[1], key=lambda each: each[1])])


def order_shape(text):
    """An inequality in one name is an interval."""
    parts = [each.strip() for each in ORDER.split(text)]
    if len(parts) not in (3, 5):
        return None
    sides = [SIDES[each] for each in parts[1::2]]
    if len(parts) == 3:
        left, (way, closed), right = parts[0], sides[0], parts[2]
        if re.fullmatch(NAME, right) and not re.fullmatch(NAME, left):
            left, right, way = right, left, "<" if way == ">" else ">"
        if not re.fullmatch(NAME, left):
            return None
        low, high = ("-\\infty", right) if way == "<" else (right, "\\infty")
        return interval(low, way == ">" and closed, high, way == "<" and closed)
    if not re.fullmatch(NAME, parts[2]) or sides[0][0] != sides[1][0]:
        return None
    low, high = (parts[0], sides[0][1]), (parts[4], sides[1][1])
    return interval(*low, *high) if sides[0][0] == "<" else interval(*high, *low)


def interval(low, low_closed, high, high_closed):
    return ("row", ("[" if low_closed else "(") + ("]" if high_closed else ")"), [shape(low), shape(high)])


def row_shape(text):
    for left, right in (("(", ")"), ("(", "]"), ("[", ")"), ("[", "]"), ("\\langle", "\\rangle")):
        body = inside(text, left, right)
        if body is None:
            continue
        parts, seen = cut(body, [",", ";"])
        if seen and all(parts):
            return ("row", "()" if left == "\\langle" else left + right, [shape(each) for each in parts])
        if left == "(" and right == ")":
            return shape(body)
    return None


def named_shape(text):
    found = NAMED.match(text)
    if not found or ORDER.search(text):
        return None
    last = cut(found[2], ["="])[0][-1]
    if found[1].startswith("("):
        return shape(last)
    # x_1 and x_2 are two of x, in no order.
    name = re.sub(r"^x_\d$", "x", re.sub(r"[\s{}]", "", found[1]))
    return ("named", name, shape(last), text) if last else None


def sign_shape(text):
    if not re.search(r"\\(?:pm|mp)(?![a-z])", text):
        return None
    swapped = text.replace("\\pm", "\0").replace("\\mp", "\\pm").replace("\0", "\\mp")
    plus = [
        each.replace("\\pm", "+").replace("\\mp", "-").strip().removeprefix("+").strip() for each in (text, swapped)
    ]
    return ("list", [shape(each) for each in plus])


# ---- is it the same --------------------------------------------------------------------------------------------------


def is_same(answer, truth):
    """Whether two shapes are the same, the order counting where it counts."""
    kind, other = answer[0], truth[0]
    if "named" in (kind, other):
        return is_same_named(answer, truth)
    if is_only_one(answer) != is_only_one(truth):
        return is_same(answer[1][0], truth) if is_only_one(answer) else is_same(answer, truth[1][0])
    if kind in ("set", "list") and other in ("set", "list"):
        return is_same_in_any_order(answer[1], truth[1])
    if kind != other:
        return False
    if kind == "leaf":
        return is_same_leaf(answer[2], truth[2])
    if kind in ("union", "both"):
        return is_same_in_any_order(answer[1], truth[1])
    rows = ([answer[2]], [truth[2]]) if kind == "row" else (answer[2], truth[2])
    return answer[1] == truth[1] and is_same_grid(*rows)


def is_only_one(one):
    return one[0] in ("set", "list") and len(one[1]) == 1 and one[1][0] != EMPTY


def is_same_grid(answer, truth):
    return [len(row) for row in answer] == [len(row) for row in truth] and all(
        is_same(one, two) for row, other in zip(answer, truth) for one, two in zip(row, other)
    )


def is_same_named(answer, truth):
    texts = [each[3] if each[0] == "named" else each[2] if each[0] == "leaf" else "" for each in (answer, truth)]
    if answer[0] == truth[0] and answer[1] == truth[1]:
        return is_same(answer[2], truth[2])
    if all("=" in each for each in texts):
        return is_same_expression(*texts)
    if answer[0] == truth[0]:
        return False
    return is_same(answer[2], truth) if answer[0] == "named" else is_same(answer, truth[2])


def is_same_in_any_order(answer, truth):
    """Each is one of the other's, both ways, so that nothing is missing and nothing too much."""
    names = [each[1] for each in truth if each[0] == "named"]
    if len(set(names)) > 1 and not any(each[0] == "named" for each in answer):
        return len(answer) == len(truth) and all(is_same(one, two) for one, two in zip(answer, truth))
    return all(any(is_same(one, two) for two in truth) for one in answer) and all(
        any(is_same(one, two) for one in answer) for two in truth
    )


def is_same_leaf(answer, truth):
    if squeezed(answer) == squeezed(truth):
        return True
    if ("=" in answer) != ("=" in truth):
        return is_same_chain(answer, truth) if "=" in answer else is_same_chain(truth, answer)
    value, measure, size, glued = split_unit(answer)
    true_value, true_measure, true_size, true_glued = split_unit(truth)
    if true_glued or (glued and number(true_value) is None):
        return is_same_value(answer, truth)
    if measure and true_measure and measure != true_measure:
        return {measure, true_measure} == {"degree", "radian"} and is_same_angle(value, measure, true_value)
    if measure and true_measure:
        ratio = size / true_size
        return is_same_value(value if ratio == 1 else f"({value})*({ratio})", true_value)
    return is_same_without_one_unit(value, measure, true_value, true_measure)


def is_same_chain(chain, other):
    """'1 + 2 = 3' is 3."""
    parts = cut(chain, ["="])[0]
    return all(is_same_value(each, other) for each in parts)


def is_same_without_one_unit(value, measure, truth, true_measure):
    """Where only one of the two has a unit, or none, the number counts; a percent sign may mean 'of a hundred'."""
    if measure == "percent":
        known = number(truth)
        return is_same_value(f"({value})/100", truth) or (
            (known is None or abs(known) > 1) and is_same_value(value, truth)
        )
    if true_measure == "percent":
        return is_same_value(value, truth) or is_same_value(value, f"({truth})/100")
    if measure == "degree":
        known = number(truth)
        return is_same_value(value, truth) if known is not None else is_same_angle(value, "degree", truth)
    if true_measure == "degree":
        return is_same_value(value, truth) or is_same_angle(value, "radian", truth)
    return value != "" and is_same_value(value, truth)


def is_same_angle(value, measure, truth):
    if measure == "degree":
        return is_same_value(f"({value})*\\pi/180", truth)
    return is_same_value(value, f"({truth})*\\pi/180")


def squeezed(text):
    return re.sub(r"\s+", "", text)


def is_same_value(answer, truth):
    if squeezed(answer) == squeezed(truth) != "":
        return True
    one, two = number(answer.strip()), number(truth.strip())
    if one is not None and two is not None:
        return one == two or is_rounded(answer, one, two)
    return is_same_expression(answer, truth)


DIGITS = re.compile(r"[+-]?\s*(\d*)\.(\d+)$")


def is_rounded(text, value, truth):
    """A decimal of six digits or more stands for a number that is no decimal, when it is that number rounded or cut off."""
    return not is_decimal(truth) and has_six_digits(text) and abs(value - truth) < last_place(text)


def is_decimal(value):
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def has_six_digits(text):
    found = DIGITS.match(text.strip())
    return bool(found) and len((found[1] + found[2]).lstrip("0")) >= 6


def last_place(text):
    return Fraction(1, 10 ** len(DIGITS.match(text.strip())[2]))


def expression(text):
    """SymPy's value of what Math-Verify reads, or None."""
    from latex2sympy2_extended import NormalizationConfig
    from math_verify import LatexExtractionConfig, parse

    # Units were taken off before: here an m is a variable.
    notation = NormalizationConfig(
        basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="none", equations=False
    )
    if re.search(r"\d*\.\d+\.|[A-Za-z]\.\d", text):
        return None
    text = re.sub(r"(\d+(?:\.\d+)?)\s*\^\s*\\circ(?![a-zA-Z])", r"(\1\\pi/180)", text)
    text = re.sub(
        r"(?<![\d.])(\d*)\.(\d+)", lambda found: f"\\frac{{{found[1]}{found[2]}}}{{1{'0' * len(found[2])}}}", text
    )
    text = re.sub(r"\{([^{}]*)\\choose([^{}]*)\}", r"\\binom{\1}{\2}", text)
    text = text.replace("￥USD", "").replace("%", "\\%").strip()
    read = parse(
        f"${text}$",
        extraction_config=[LatexExtractionConfig(normalization_config=notation)],
        fallback_mode="no_fallback",
        parsing_timeout=None,
    )
    return with_i(read[0]) if read else None


def with_i(value):
    """A lone letter i is the imaginary unit."""
    from sympy import I

    letters = getattr(value, "free_symbols", set())
    return value.subs({each: I for each in letters}) if {str(each) for each in letters} == {"i"} else value


def is_same_expression(answer, truth):
    if not re.search(r"[\d\\]|^[A-Za-z]$|[+\-*/^=<>|]", truth):
        return squeezed(answer).casefold() == squeezed(truth).casefold()
    # Words are no product of letters.
    if any(re.search(r"(?<![\\a-zA-Z{])[A-Za-z]{4,}", text) for text in (answer, truth)):
        return squeezed(answer).casefold() == squeezed(truth).casefold()
    from sympy import nan, zoo

    one, two = expression(answer), expression(truth)
    if one is None or two is None or any(each.has(nan, zoo) for each in (one, two)):
        return False
    if getattr(one, "is_number", False) and getattr(two, "is_number", False):
        return is_same_number(answer, one, two)
    from math_verify import verify

    return bool(verify(two, one, timeout_seconds=None, strict=True))


def is_same_number(text, one, two):
    """To thirty digits of the greater, not to six after the point: 1e-7 is not 2e-7."""
    if one == two:
        return True
    if one.is_finite is False or two.is_finite is False:
        return False
    difference, size = abs((one - two).evalf(40)), abs(two.evalf(40)) + abs(one.evalf(40))
    # is_comparable is no question here: it denies what is nearly 0.
    if not all(each.is_Number for each in (difference, size)) or "nan" in (str(difference), str(size)):
        return False
    if has_six_digits(text):
        return bool(difference < last_place(text))
    return bool(difference < (size + 10**-30) * 10**-30)


# ---- choices, and the judgement --------------------------------------------------------------------------------------

CHOICE = re.compile(r"\(?\s*([A-J])\s*\)?$")
CHOSEN = re.compile(
    r"(?:option|choice|選択肢)?\s*(?:\(\s*([A-J])\s*\)|([A-J])\s*(?:[.):]|$))(?P<rest>\s.*)?$",
    re.IGNORECASE | re.DOTALL,
)
# '(B) or (C)' chooses nothing.
OTHER = re.compile(r"\b[A-J]\s*\)|\b(?:or|and)\s+[A-J]\b|^\s*[,/]|^\s*[A-J]\s*$")


def is_chosen(answer, letter):
    found = CHOSEN.match(answer)
    return bool(found) and (found[1] or found[2]).upper() == letter and not OTHER.search(found["rest"] or "")


def is_right(answer, truth):
    """Whether an answer equals the truth. Raises whatever SymPy raises; may take for ever."""
    answer, truth = plain(answer), plain(truth)
    if squeezed(answer) == squeezed(truth):
        return True
    choice = CHOICE.match(truth)
    if choice:
        return is_chosen(answer, choice[1])
    if is_too_deep(answer) or is_too_deep(truth):
        return False
    ours, true = shape(answer), shape(truth)
    if is_same(ours, true) or ("row" in (ours[0], true[0]) and is_same(as_point(ours), as_point(true))):
        return True
    # '-x > -1' is no interval by itself.
    return all(len(ORDER.findall(each)) == 1 and "," not in each for each in (answer, truth)) and is_same_expression(
        answer, truth
    )


def judge(solution, truths):
    if solution is None:
        return {"form": "unfinished-thinking"}
    answer, form = find_answer(solution)
    if answer is None:
        return {"form": form}
    if len(answer) > LONGEST_ANSWER:
        return {"form": "too-long"}
    return {"right": any(is_right(answer, each) for each in truths), "form": form, "pred": plain(answer)}


def can_read(truth):
    """Whether every part of a truth is a number or an expression, so that an answer in another form can equal it."""
    truth = plain(truth)
    return truth != "" and (bool(CHOICE.match(truth)) or (not is_too_deep(truth) and is_read(shape(truth))))


def is_read(one):
    kind = one[0]
    if kind == "leaf":
        value = split_unit(one[2])[0]
        words = re.search(r"(?<![\\a-zA-Z{])[A-Za-z]{4,}|[\u3040-\u9fff]", value)
        return one == EMPTY or number(value) is not None or (not words and expression(value) is not None)
    if kind == "named":
        return is_read(one[2])
    parts = [each for row in one[2] for each in row] if kind == "matrix" else one[2] if kind == "row" else one[1]
    return all(is_read(each) for each in parts)


# ---- the process that checks -----------------------------------------------------------------------------------------


def limit(seconds):
    """Memory, and processor time anew for each question, so that a checker whose parent died ends too."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    most = {resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime + seconds) + 5}
    for what, soft in most.items():
        hard = resource.getrlimit(what)[1]
        # macOS knows no limit of address space, and says so.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def check():
    """One question a line from standard input, one answer a line to standard output."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer

    def say(answer):
        out.write(json.dumps(answer) + "\n")
        out.flush()

    try:
        import logging

        from math_verify import parse, verify

        logging.disable(logging.CRITICAL)
        if not verify(parse("$1/2$", parsing_timeout=None), parse("$0.5$", parsing_timeout=None), timeout_seconds=None):
            raise RuntimeError("Math-Verify does not find that 1/2 is 0.5")
    except BaseException as broken:  # whatever it is, the parent says it
        say(
            {
                "absent": f"Math-Verify does not work in {sys.executable}: {type(broken).__name__}: {broken} (pip install math-verify)"
            }
        )
        return
    say({"ready": True})
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        limit(asked["seconds"])
        try:
            found = {"right": can_read(asked["read"])} if "read" in asked else judge(asked["solution"], asked["truths"])
            say({"scored": found})
        except BaseException as broken:
            text = f"an answer could not be checked: {type(broken).__name__}: {str(broken)[:300]}; it scores 0"
            say({"scored": {"form": "error", "error": True}, "broke": [type(broken).__name__, text]})


# ---- by hand ---------------------------------------------------------------------------------------------------------


def try_file(path, options):
    """Scores the lines {"solution": ..., "truth": ...} of a file; 1 when a line is no such thing."""
    results, bad = [], 0
    with open(path, encoding="utf-8") as lines:
        for at, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                solution, truth = row["solution"], row["truth"]
            except (ValueError, KeyError, TypeError) as broken:
                bad += 1
                print(
                    f"{path}:{at}: no object with solution and truth: {type(broken).__name__}: {broken}",
                    file=sys.stderr,
                )
                continue
            result = compute_score(data_source="try", solution_str=solution, ground_truth=truth, **options)
            results.append(result)
            print(json.dumps({"line": at, "truth": truth, **result}, ensure_ascii=False), flush=True)
    right = sum(each["acc"] for each in results)
    broken = f"{sum(each['timeout'] for each in results):.0f} late, {sum(each['error'] for each in results):.0f} broken"
    print(f"{right:.0f} of {len(results)} right; {broken}; {bad} lines unreadable", file=sys.stderr)
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--try", dest="path", metavar="FILE.jsonl", help='score lines of {"solution": ..., "truth": ...}'
    )
    parser.add_argument("--timeout-seconds", type=float, default=20.0)
    parser.add_argument("--require-think-end", action="store_true", help="a solution without </think> has no answer")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.check:
        return check()
    if asked.path is None:
        parser.error("what to score: --try FILE.jsonl")
    options = {"timeout_seconds": asked.timeout_seconds, "require_think_end": asked.require_think_end}
    try:
        return try_file(asked.path, options)
    except (OSError, RuntimeError) as trouble:
        print(f"math_reward: {trouble}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
elif __name__ != "math_reward":
    # veRL loads this file under a name of its own. Now, before anything is generated: of an exception per answer veRL makes
    # lost prompts, one by one. A plain import (prepare_rl_data.py) starts nothing.
    CHECKERS.begin()
