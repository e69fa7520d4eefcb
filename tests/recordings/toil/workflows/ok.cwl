cwlVersion: v1.2
class: Workflow
requirements: {ScatterFeatureRequirement: {}, SubworkflowFeatureRequirement: {}}
inputs: {names: "string[]"}
outputs: {all: {type: File, outputSource: join/out}}
steps:
  greet: {run: greet.cwl, scatter: name, in: {name: names}, out: [out]}
  nested:
    in: {names: names}
    out: [outs]
    run:
      class: Workflow
      inputs: {names: "string[]"}
      outputs: {outs: {type: "File[]", outputSource: inner/out}}
      steps:
        inner: {run: greet.cwl, scatter: name, in: {name: names}, out: [out]}
  join:
    run:
      class: CommandLineTool
      baseCommand: cat
      inputs: {files: {type: "File[]", inputBinding: {}}}
      outputs: {out: stdout}
      stdout: all.txt
    in: {files: greet/out}
    out: [out]
