cwlVersion: v1.2
class: Workflow
steps: [oops
