#!/usr/bin/env python3
"""Checks an exported evidence chain with nothing but Python: see docs/evidence-chain.md. Exit code 0 where it holds.

    verify_chain.py chain.jsonl

Signatures need an Ed25519 library; where the package `cryptography` is missing, they are named as not checked.
"""
import hashlib
import json
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None


def check(lines):
    """Yields what is wrong."""
    header = json.loads(next(lines, "{}"))
    if header.get("format") != "rusuban-evidence-chain/1":
        yield "line 1: not an export of the evidence chain"
        return
    previous, place, hashes, ended, unchecked, signed_to = "0" * 64, 0, {0: "0" * 64}, False, 0, 0
    for line in lines:
        if ended:
            yield "nothing may stand after the line `end`"
        kind, value = next(iter(json.loads(line).items()))
        if kind == "evidence":
            place += 1
            record = json.loads(value["record"])
            if hashlib.sha256(value["record"].encode()).hexdigest() != value["hash"]:
                yield f"record {value['seq']}: its content was changed"
            if not value["seq"] == record["seq"] == place:
                yield f"record {value['seq']}: record {place} should stand here"
            if record["prev"] != previous:
                yield f"record {value['seq']}: it does not continue from the record before it"
            previous, place = value["hash"], value["seq"]
            hashes[place] = previous
        elif kind == "checkpoint":
            said = value["checkpoint"]
            signed_to = max(signed_to, said["seq"])
            if hashes.get(said["seq"]) != said["head"]:
                yield f"checkpoint {said['seq']}: the records that it signed are missing or were replaced"
            if Ed25519PublicKey is None:
                unchecked += 1
                continue
            # Integers and ASCII keys only: sorted, compact JSON is the canonical form here.
            text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            try:
                key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(said["key"]))
                key.verify(bytes.fromhex(value["signature"]), b"rusuban-checkpoint-v1\n" + text.encode())
            except InvalidSignature:
                yield f"checkpoint {said['seq']}: its signature does not hold"
        elif kind == "end":
            ended = True
            if (value["seq"], value["hash"]) != (place, previous):
                yield "the export should end elsewhere: records were cut off or added"
        else:
            yield f"a line of an unknown kind: {kind}"
    if signed_to < place:
        yield "no checkpoint stands at the end of the chain"
    if not ended:
        yield "the last line is missing"
    print(f"{place} records, head {previous}" + (f", {unchecked} signatures not checked" if unchecked else ""))


with open(sys.argv[1], encoding="utf-8") as file:
    faults = list(check(file))
print("\n".join(faults) or "the chain holds")
sys.exit(1 if faults else 0)
