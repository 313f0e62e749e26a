"""Puts the numbers of entries in FOLDER/corrections.txt, where @CLIENT/MOMENT names them.

Usage: number.py FOLDER TRAJECT     (TRAJECT is the client; the timelines are asked for with the profile of each line)
"""

import json
import os
import re
import subprocess
import sys
from datetime import datetime


def number(traject, profile, client, moment):
    done = subprocess.run([traject, "--profile", profile, "--output", "json", "timeline", client, "--limit", "1000"],
                          stdout=subprocess.PIPE, check=True)
    for entry in json.loads(done.stdout)["entries"]:
        at = datetime.fromisoformat(entry["occurredAt"].replace("Z", "+00:00")).astimezone()
        if f"{at:%Y-%m-%dT%H:%M}" == moment:
            return entry["eventId"]
    sys.exit(f"client {client} has no entry of {moment}; enter the caseload first")


def main():
    path, traject = os.path.join(sys.argv[1], "corrections.txt"), sys.argv[2]
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    with open(path + ".new", "w", encoding="utf-8") as out:
        for line in lines:
            profile = line.split()[1]
            print(re.sub(r"@(\d+)/(\S+)", lambda named: number(traject, profile, *named.groups()), line, count=1), file=out)
    os.replace(path + ".new", path)


main()
