"""The functions' binaries: built, stripped and zipped, one zip for each domain."""

import shutil
import subprocess
import zipfile
from pathlib import Path

from . import template

# One date for everything in a zip, so that the same binary makes the same zip.
DATE = (1980, 1, 1, 0, 0, 0)


def build(root: Path) -> None:
    """Builds every binary that the templates of `root` name, in the profile and with the features that tests have."""
    stacks = template.load(root / "template.yaml")["Resources"].values()
    domains = {
        template.domain(place)
        for stack in stacks
        if stack["Type"] in template.NESTED
        for place in template.code_places(template.load(root / template.source(stack)))
    }
    named = [argument for domain in sorted(domains) for argument in ("--bin", domain)]
    command = ["cargo", "build", "--quiet", "--locked", "--workspace", *named]
    if subprocess.run(command, cwd=root, check=False).returncode != 0:
        raise SystemExit("the functions do not build")


def bundle(root: Path, domain: str) -> Path:
    """The zip of a domain, made anew if its binary is newer."""
    binary = root / "target" / "debug" / domain
    folder = root / "target" / "stack" / "functions" / domain
    archive = folder / "function.zip"
    if archive.exists() and archive.stat().st_mtime_ns > binary.stat().st_mtime_ns:
        return archive
    folder.mkdir(parents=True, exist_ok=True)
    bootstrap = folder / "bootstrap"
    if shutil.which("strip"):
        subprocess.run(["strip", "-o", bootstrap, binary], check=True)
    else:
        shutil.copyfile(binary, bootstrap)
    unfinished = archive.with_suffix(".part")
    entry = zipfile.ZipInfo("bootstrap", DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(unfinished, "w", compresslevel=1) as made:
        made.writestr(entry, bootstrap.read_bytes(), compresslevel=1)
    unfinished.replace(archive)
    return archive
