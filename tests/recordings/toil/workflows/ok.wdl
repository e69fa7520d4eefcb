version 1.0

import "shout.wdl" as sub

workflow hello {
  input {
    Array[String] names
  }
  scatter (name in names) {
    call greet { input: name = name }
  }
  call sub.loud as nested { input: names = names }
  call join { input: words = greet.out }
  output {
    String all = join.all
    Array[String] shouted = nested.out
  }
}

task greet {
  input {
    String name
  }
  command <<<
    echo "hello ~{name}"
    echo "greeting ~{name}" >&2
    test "~{name}" != bad
  >>>
  output {
    String out = read_string(stdout())
  }
  runtime {
    docker: "debian:12"
  }
}

task join {
  input {
    Array[String] words
  }
  command <<<
    echo "~{sep=" " words}"
  >>>
  output {
    String all = read_string(stdout())
  }
  runtime {
    docker: "debian:12"
  }
}
