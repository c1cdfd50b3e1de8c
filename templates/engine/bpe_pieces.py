"""What a tokenizer makes of a piece of text, for BPE tokenizers in a tokenizer.json. Python 3.8 and its standard library."""

import json
import os

from st_files import Problem, read_json


class Tokenizer:
    """Tokens and merges of a BPE tokenizer.json; pieces() is what it makes of one token's own text."""

    def __init__(self, folder):
        path = os.path.join(folder, "tokenizer.json")
        if not os.path.exists(path):
            raise Problem("%s is missing: save the tokenizer in the fast form (save_pretrained writes it)" % path)
        held = read_json(path)
        model = held.get("model", {})
        if model.get("type") != "BPE":
            raise Problem("%s is a %s tokenizer; only BPE can be taken apart here" % (path, model.get("type")))
        self.path = path
        self.ids = dict(model["vocab"])
        self.added = {each["content"]: each["id"] for each in held.get("added_tokens", [])}
        self.ids.update(self.added)
        merges = [each.split(" ", 1) if isinstance(each, str) else each for each in model.get("merges", [])]
        self.ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
        # A byte-level tokenizer writes bytes as letters of its own; others fall back to tokens like <0xE6>.
        parts = json.dumps([held.get("pre_tokenizer"), held.get("decoder")])
        self.is_byte_level = '"ByteLevel"' in parts
        self.unknown = model.get("unk_token")

    def pieces(self, text, is_added):
        """Ids of the pieces of a token; an added token is plain text, any other is in the tokenizer's own letters."""
        if text in self.ids:
            return [self.ids[text]]
        if is_added and self.is_byte_level:
            text = "".join(BYTE_LETTERS[each] for each in text.encode("utf-8"))
        found = []
        for part in self.merged(list(text)):
            found.extend(self.ids_of(part))
        return found

    def merged(self, parts):
        while len(parts) > 1:
            pairs = [(self.ranks.get(pair, len(self.ranks)), at) for at, pair in enumerate(zip(parts, parts[1:]))]
            rank, at = min(pairs)
            if rank == len(self.ranks):
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return parts

    def ids_of(self, part):
        if part in self.ids:
            return [self.ids[part]]
        if len(part) > 1:
            return [each for letter in part for each in self.ids_of(letter)]
        spelt = [self.ids.get("<0x%02X>" % each) for each in part.encode("utf-8")]
        if None not in spelt:
            return spelt
        return [self.ids[self.unknown]] if self.unknown in self.ids else []


def byte_letters():
    """The letter of each byte in byte-level BPE (bytes_to_unicode of GPT-2): printable ones stand for themselves."""
    plain = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters, extra = {}, 0
    for each in range(256):
        if each not in plain:
            letters[each] = chr(256 + extra)
            extra += 1
        else:
            letters[each] = chr(each)
    return letters


BYTE_LETTERS = byte_letters()
