cwlVersion: v1.0
class: CommandLineTool
baseCommand: [sh, -c]
arguments: ['echo "about to fail $1"; echo "cannot open the file of $1" >&2; exit 3', bad]
inputs:
  name: {type: string, inputBinding: {position: 1}}
  f: File?
outputs:
  said: {type: stdout}
stdout: said.txt
