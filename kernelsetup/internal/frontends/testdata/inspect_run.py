"""Prints what papermill reads in executed notebooks, of the first all it can."""

import json
import sys

from papermill.execute import raise_for_execution_errors
from papermill.inspection import inspect_notebook
from papermill.iorw import load_notebook_node
from papermill.utils import find_first_tagged_cell_index


def attempt(function, *args):
    try:
        return str(function(*args) or "")
    except Exception as e:
        return f"{type(e).__name__}: {e}"


first = load_notebook_node(sys.argv[1])
print(
    json.dumps(
        {
            "run": {"parameters": first.metadata.papermill.parameters, "default": first.metadata.papermill.default_parameters},
            "statuses": [c.metadata.papermill.status for c in first.cells],
            "default": find_first_tagged_cell_index(first, "parameters"),
            "injected": find_first_tagged_cell_index(first, "injected-parameters"),
            "inspect": attempt(inspect_notebook, sys.argv[1]),
            "raises": {f: attempt(raise_for_execution_errors, load_notebook_node(f), f) for f in sys.argv[1:]},
        }
    )
)
