cwlVersion: v1.0
class: CommandLineTool
baseCommand: 'true'
inputs: []
outputs:
  out: {type: File, outputBinding: {glob: forgotten.txt}}
