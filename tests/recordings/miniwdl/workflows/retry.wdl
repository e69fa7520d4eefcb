version 1.0
workflow w { input { String count } call flaky { input: count = count } }
task flaky {
  input { String count }
  command <<<
    n=$(cat ~{count} 2>/dev/null || echo 0); echo $((n+1)) > ~{count}
    echo "try $n" >&2
    [ "$n" -ge 2 ]
  >>>
  runtime { maxRetries: 2 }
  output { Int n = 3 }
}
