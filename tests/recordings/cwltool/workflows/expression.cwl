cwlVersion: v1.0
class: Workflow
inputs: []
outputs: []
steps:
  greet:
    run:
      class: CommandLineTool
      baseCommand: echo
      arguments: [$(inputs.no.such)]
      inputs: {x: int}
      outputs: []
    in: {x: {default: 1}}
    out: []
