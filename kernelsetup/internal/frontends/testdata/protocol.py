"""Asks a kernel what front ends ask. Prints the answers.

Usage: protocol.py DECLARATIONS CELL. The cell ends in half a name.
"""

import json
import queue
import sys
import time

from jupyter_client.manager import start_new_kernel

declarations, cell = sys.argv[1:]
manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=120)


def run(source):
    printed = []
    client.execute_interactive(
        source, timeout=120, output_hook=lambda m: printed.append(m["content"].get("text", m["content"].get("evalue", "")))
    )
    return "".join(printed)


try:
    info = client.kernel_info(reply=True, timeout=60)["content"]
    run(declarations)
    # The first answers may be empty, while gopls reads the library.
    deadline = time.monotonic() + 120
    while True:
        complete = client.complete(cell, len(cell), reply=True, timeout=120)["content"]
        if complete.get("matches") or time.monotonic() > deadline:
            break
    whole = cell[: complete["cursor_start"]] + (complete["matches"] or [""])[0]
    inspect = client.inspect(whole + ")", len(whole) - 1, reply=True, timeout=120)["content"]
    try:
        asked = client.is_complete("%%")
        while True:
            is_complete = client.get_shell_msg(timeout=2)
            if is_complete["parent_header"].get("msg_id") == asked:
                break
    except queue.Empty:
        is_complete = None
    after = run("%%\nfmt.Println(6 * 7)")
finally:
    client.stop_channels()
    manager.shutdown_kernel()
print(
    json.dumps(
        {
            "info": info,
            "complete": {
                "status": complete["status"],
                "matches": complete["matches"],
                "start": complete["cursor_start"],
                "end": complete["cursor_end"],
            },
            "inspect": {"found": inspect["found"], "text": "".join(map(str, inspect["data"].values()))},
            "isComplete": json.dumps(is_complete, default=str) if is_complete else "",
            "after": after,
        }
    )
)
