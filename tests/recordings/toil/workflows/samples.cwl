cwlVersion: v1.2
class: Workflow
requirements: {ScatterFeatureRequirement: {}, SubworkflowFeatureRequirement: {}}
inputs: {names: "string[]"}
outputs: {all: {type: "File[]", outputSource: each/all}}
steps:
  each: {run: chain.cwl, scatter: name, in: {name: names}, out: [all]}
