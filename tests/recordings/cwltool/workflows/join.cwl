cwlVersion: v1.0
class: CommandLineTool
baseCommand: cat
inputs:
  files: {type: 'File[]', inputBinding: {position: 1}}
outputs:
  all: {type: stdout}
stdout: all.txt
