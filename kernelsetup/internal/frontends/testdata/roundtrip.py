"""Checks the notebooks of a folder as Jupyter does: they are valid, and reading
and writing them changes no byte. Prints how many there are and what is wrong."""

import importlib.resources
import json
import pathlib
import sys
import tempfile
import warnings

import jsonschema
import nbformat

warnings.simplefilter("error", FutureWarning)  # ids that are missing or stand twice
SCHEMA = json.loads(importlib.resources.files("nbformat.v4").joinpath("nbformat.v4.5.schema.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def problem(file, copy):
    data = file.read_bytes()
    document = json.loads(data)
    for error in VALIDATOR.iter_errors(document):
        return f"schema: {error.message}"
    nbformat.validate(document)
    nbformat.write(nbformat.read(file, as_version=4), copy)
    after = copy.read_bytes()
    if after != data:
        at = next((i for i, (a, b) in enumerate(zip(data, after)) if a != b), min(len(data), len(after)))
        return f"saved again, {data[at - 40 : at + 40]!r} is {after[at - 40 : at + 40]!r}"


problems = {}
files = sorted(pathlib.Path(sys.argv[1]).glob("*.ipynb"))
with tempfile.TemporaryDirectory() as folder:
    for file in files:
        try:
            what = problem(file, pathlib.Path(folder, file.name))
        except Exception as e:
            what = f"{type(e).__name__}: {e}"
        if what:
            problems[file.name] = what
print(json.dumps({"checked": len(files), "problems": problems}))
