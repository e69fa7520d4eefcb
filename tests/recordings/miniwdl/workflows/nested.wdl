version 1.0
import "ok.wdl" as ok
workflow outer {
  input { Boolean do_it = false }
  scatter (names in [["x", "y"], ["z"]]) {
    scatter (n in names) { call ok.greet as g2 { input: name = n } }
    call ok.hello { input: names = names }
  }
  if (do_it) { call ok.greet { input: name = "zoe" } }
  if (!do_it) { call ok.greet as other { input: name = "yes" } }
  scatter (i in range(2)) { call ok.join { input: files = flatten(g2.said) } }
}
