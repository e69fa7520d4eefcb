cwlVersion: v1.0
class: CommandLineTool
baseCommand: [sh, -c]
arguments: ['echo "hello $1"; echo "greeting $1" >&2; sleep $2', greet]
inputs:
  name: {type: string, inputBinding: {position: 1}}
  seconds: {type: int, default: 0, inputBinding: {position: 2}}
outputs:
  said: {type: stdout}
stdout: said.txt
