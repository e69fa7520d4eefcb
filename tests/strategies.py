"""Events that no client sends: every level with every field, of any type and text."""

from hypothesis import strategies as st

LEVELS = """
    job_info job_started job_finished job_error group_info group_error shellcmd progress run_info
    workflow_success info resources_info warning error debug dag_debug host rule_info d3dag new
"""
FIELDS = """
    jobid jobs name msg done total input output log wildcards resources priority threads aux groupid
    job_error_info shellcmd timestamp indent is_checkpoint reason benchmark
"""
HOSTILE = ["<script>", "' OR 1=1 --", "../../etc", "\0", "\ud800", "é" * 300]

texts = st.text() | st.sampled_from(HOSTILE)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
levels = st.sampled_from(LEVELS.split())
told = st.dictionaries(st.sampled_from(FIELDS.split()), values)
