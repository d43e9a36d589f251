#!/usr/bin/env python3
"""Makes the corpus that a fuzz target starts from: `fuzz_seeds.py TARGET FOLDER [CORPUS]`.

From the made-up lines and rules of the repository's own tests, and from samples of CORPUS (a folder of other people's
logs and rules, never committed) where one is given. Small and bounded; the same input gives the same names.
"""

import gzip
import hashlib
import io
import lzma
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "crates/rusuban-logs"
LARGEST = 200_000
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\"}


def literals(path):
    """The longer string literals of a Rust file: mostly lines of logs, rules, lists."""
    text = path.read_text(encoding="utf-8")
    for match in re.finditer(r'r(#*)"(.*?)"\1|"((?:[^"\\]|\\.)*)"', text, re.S):
        if match.group(2) is not None:
            value = match.group(2)
        else:
            value = re.sub(r"\\\n\s*", "", match.group(3))
            value = re.sub(r"\\([ntr0\"\\])", lambda m: ESCAPES[m.group(1)], value)
        if len(value) >= 30:
            yield value


def files(folder, *endings):
    for path in sorted(folder.rglob("*")) if folder else []:
        if path.is_file() and path.name.endswith(endings) and path.stat().st_size <= LARGEST:
            yield path


def lines(corpus, every, most):
    """Some lines of every log of the corpus."""
    for path in files(corpus, ".log", ".txt", ".jsonl", ".csv"):
        for line in path.read_bytes().splitlines()[:: every][:most]:
            yield line


def sources():
    """Module and number of every source, in the order of the list."""
    text = (LOGS / "src/sources/mod.rs").read_text(encoding="utf-8")
    block = text[text.index("pub static SOURCES") :]
    names = re.findall(r"^    &([a-z_0-9:]+)::\w+,$", block[: block.index("\n];")], re.M)
    return list(enumerate(names))


def source(corpus):
    known = sources()
    for number, name in known:
        path = LOGS / "src/sources" / name.replace("::", "/")
        own = [path.with_suffix(".rs"), *sorted(path.glob("*.rs"))]
        for text in (t for f in own if f.exists() for t in literals(f)):
            yield bytes([number, 0]) + text.encode()
            yield bytes([number, 1]) + text.encode()
    for text in lines(corpus, 97, 4):
        for number, _ in known:
            yield bytes([number, 0]) + text[:4000]


def rules():
    for path in files(LOGS / "rules", ".yml"):
        yield path.read_text(encoding="utf-8")
    for path in [*files(LOGS / "src/sigma", ".rs"), *files(LOGS / "tests", ".rs")]:
        yield from (t for t in literals(path) if ":" in t)


def sigma_rule(corpus):
    yield from (r.encode() for r in rules())
    for path in list(files(corpus and corpus / "sigma", ".yml"))[::5][:700]:
        yield path.read_bytes()


def sigma_set(corpus):
    for path in files(LOGS / "src/sigma/pipeline", ".rs"):
        for text in literals(path):
            for rule in ("title: T\nid: a\nname: a\nlogsource: {product: windows}\ndetection: {s: {Image|endswith: cmd.exe}, condition: s}\n",):
                yield (text + "\n%%%\n" + rule).encode()
    for rule in rules():
        yield ("name: p\ntransformations: []\n%%%\n" + rule).encode()
    for path in files(corpus and corpus / "sigma", ".yml"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "\ncorrelation:" in text or "\nfilter:" in text:
            yield ("name: p\ntransformations: []\n%%%\n" + text).encode()


def lists(_corpus):
    for path in [*files(LOGS / "src/context", ".rs"), *files(LOGS / "src/detectors", ".rs")]:
        for text in literals(path):
            if "," in text:
                yield from (bytes([n]) + text.encode() for n in range(7))
    for path in files(ROOT / "docs", ".csv"):
        yield from (bytes([n]) + path.read_bytes() for n in range(7))


def packed(name, data):
    yield gzip.compress(data, mtime=0)
    yield lzma.compress(data)
    for level in ("-1", "-19"):
        try:
            yield subprocess.run(["zstd", "-c", "-q", level], input=data, capture_output=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            pass
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("a/" + name, data)
            archive.writestr("b.gz", gzip.compress(data, mtime=0))
        yield out.getvalue()
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as archive:
            entry = tarfile.TarInfo("日誌/" + name * 20)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        yield out.getvalue()


def unpack(corpus):
    line = "Dec 30 02:03:06 web1 sshd[100]: Failed password for taro from 203.0.113.9 port 40000 ssh2\n".encode()
    samples = [b"", line, line * 50] + [p.read_bytes()[:3000] for p in list(files(corpus, ".log"))[:3]]
    for sample in samples:
        for once in packed("x.log", sample):
            yield once
            yield gzip.compress(once, mtime=0)


def texts(corpus):
    own = [*files(LOGS / "src/sources", ".rs"), *files(LOGS / "tests", ".rs"), *files(LOGS / "src/frame", ".rs")]
    for path in own:
        for text in literals(path):
            yield text.encode()
    yield from lines(corpus, 7, 40)


def blocks(corpus):
    for number, text in enumerate(texts(None)):
        if number % 5 == 0:
            yield text + b"\n"
            decoded = text.decode()
            yield b"\xff\xfe" + (decoded + "\r\n").encode("utf-16-le")
            yield (decoded + "\n").encode("utf-16-be")
            yield (decoded + "\n").encode("cp932", "replace")
    for path in list(files(corpus, ".log", ".json", ".xml", ".evtx"))[::9]:
        yield path.read_bytes()[:20_000]


def repeat(_corpus):
    """A head, and a short part of the same text to be said again and again."""
    for number, text in enumerate(texts(None)):
        text = text[:250]
        for at in (0, len(text) // 3, 2 * len(text) // 3):
            for length in (1, 2, 5, 12):
                if (number + at + length) % 23 == 0 and at + length <= len(text):
                    yield bytes([at, length]) + text[: at + length] + text[at + length :][:20]


def file(corpus):
    yield from blocks(None)
    for path in files(corpus, ".log", ".evtx", ".json", ".jsonl", ".xml", ".csv", ".txt"):
        yield path.read_bytes()


def evtx_chunk(corpus):
    for path in files(corpus, ".evtx"):
        yield path.read_bytes()[4096 : 4096 + 65_536]


def main():
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    corpus = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    makers = {"line": texts, "source": source, "sigma_rule": sigma_rule, "sigma_set": sigma_set, "lists": lists}
    makers |= {"unpack": unpack, "blocks": blocks, "repeat": repeat, "file": file, "evtx_chunk": evtx_chunk}
    folder.mkdir(parents=True, exist_ok=True)
    for seed in makers[target](corpus):
        if len(seed) <= LARGEST:
            (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


if __name__ == "__main__":
    main()
