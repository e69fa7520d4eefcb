cwlVersion: v1.2
class: Workflow
requirements: {StepInputExpressionRequirement: {}}
inputs: {name: string, status: {type: int, default: 0}}
outputs: {all: {type: File, outputSource: last/out}}
steps:
  first: {run: greet.cwl, in: {name: name}, out: [out]}
  second: {run: cat.cwl, in: {file: first/out}, out: [out]}
  last: {run: cat.cwl, in: {file: second/out, status: status}, out: [out]}
