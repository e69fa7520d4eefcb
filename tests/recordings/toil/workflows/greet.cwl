cwlVersion: v1.2
class: CommandLineTool
baseCommand: [sh, -c]
arguments: ['echo "hello $0"; echo "greeting $0" >&2; test "$0" != bad', $(inputs.name)]
inputs: {name: string}
outputs: {out: stdout}
stdout: out.txt
