"""Executes a notebook by nbclient, in its folder, into another file."""

import sys

import nbclient
import nbformat

source, target = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
nbclient.NotebookClient(notebook, timeout=240).execute()
nbformat.write(notebook, target)
