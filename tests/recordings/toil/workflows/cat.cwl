cwlVersion: v1.2
class: CommandLineTool
baseCommand: [sh, -c, 'echo joining >&2; cat "$0"; exit "$1"']
inputs:
  file: {type: File, inputBinding: {position: 1}}
  status: {type: int, default: 0, inputBinding: {position: 2}}
outputs: {out: stdout}
stdout: out.txt
