version 1.0
workflow hello {
  input { Array[String] names = ["alice", "bob", "carol"] }
  scatter (name in names) { call greet { input: name = name } }
  call join { input: files = greet.said }
  output { File all = join.all }
}
task greet {
  input { String name }
  command { echo "hello ~{name}"; echo "greeting ~{name}" >&2 }
  output { File said = stdout() }
  runtime { cpu: 1 memory: "100 MiB" }
}
task join {
  input { Array[File] files }
  command { cat ~{sep=" " files} }
  output { File all = stdout() }
}
