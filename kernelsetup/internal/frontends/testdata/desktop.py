"""Starts a kernel as an editor does that was started from a desktop, and runs a cell.

Usage: desktop.py KERNEL.JSON HOME CELL. Prints what came of it.
"""

import json
import os
import string
import subprocess
import sys

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

spec_file, home, cell = sys.argv[1:]
with open(spec_file) as f:
    spec = json.load(f)
environment = {"HOME": home, "PATH": "/usr/bin:/bin"}
environment |= {name: string.Template(value).safe_substitute(environment) for name, value in spec["env"].items()}
connection, _ = write_connection_file(os.path.join(home, "kernel-1.json"))
argv = [connection if arg == "{connection_file}" else arg for arg in spec["argv"]]
kernel = subprocess.Popen(argv, env=environment, cwd=home)
try:
    client = BlockingKernelClient()
    client.load_connection_file(connection)
    client.start_channels()
    client.wait_for_ready(timeout=120)
    info = client.kernel_info(reply=True, timeout=60)
    printed = []

    def output(message):
        if message["msg_type"] in ("stream", "error"):
            printed.append(message["content"].get("text") or message["content"]["evalue"])

    reply = client.execute_interactive(cell, timeout=120, output_hook=output)
    client.shutdown()
    kernel.wait(timeout=30)
    client.stop_channels()
finally:
    kernel.kill()
print(
    json.dumps(
        {
            "language": info["content"]["language_info"]["name"],
            "status": reply["content"]["status"],
            "printed": "".join(printed),
        }
    )
)
