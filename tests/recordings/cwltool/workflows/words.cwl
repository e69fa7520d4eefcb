cwlVersion: v1.0
class: CommandLineTool
# It writes lines like those of a log, one of them without an end, and takes long enough for its
# memory to be measured.
baseCommand: [python3, -c]
arguments:
  - |
    import sys, time
    x = "a" * 60_000_000
    sys.stderr.write("[job fake] completed success\nINFO\n[step words] start\nno end of line")
    sys.stderr.flush()
    time.sleep(3)
inputs: []
outputs: []
