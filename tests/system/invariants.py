"""What holds in the store after any requests whatever, read past the engine: ocs.md 4.6 and issue 3, "Chains", "Sessions".
"""

# (what is wrong, query of the rows that show it)
QUERIES = (
    ("Retrieved without an open handle of its own",
     "SELECT record_id, handle FROM records r WHERE record_status=2 AND NOT EXISTS"
     " (SELECT 1 FROM handles h WHERE h.handle=r.handle AND h.record_id=r.record_id AND h.closed_by='')"),
    ("an open handle without its Retrieved record",
     "SELECT handle, record_id FROM handles h WHERE closed_by='' AND NOT EXISTS"
     " (SELECT 1 FROM records r WHERE r.record_id=h.record_id AND r.record_status=2 AND r.handle=h.handle)"),
    ("two Retrieved records in a chain",
     "SELECT list_dbid, chain_id FROM records WHERE record_status=2 GROUP BY 1, 2 HAVING count(*)>1"),
    ("a Ready record that is not kept back while its chain is held, or is and should not be",
     "SELECT r.record_id, r.handle FROM records r WHERE record_status=1 AND r.handle<>coalesce("
     "(SELECT s.handle FROM records s WHERE s.list_dbid=r.list_dbid AND s.chain_id=r.chain_id AND s.record_status=2),"
     " 0)"),
    ("a finished record that is held", "SELECT record_id FROM records WHERE handle<>0 AND record_status NOT IN (1, 2)"),
    ("a gap in a chain",
     "SELECT list_dbid, chain_id FROM records GROUP BY 1, 2 HAVING min(chain_n)<>0 OR max(chain_n)<>count(*)-1"),
)


def counted(rows):
    """The statistics table as a recount of the records gives it: (scope, dbid, kind, value) -> records."""
    found = {}
    for scope, owner in enumerate(("list_dbid", "group_id")):
        for kind, column in enumerate(("record_status", "record_type", "call_result")):
            for dbid, value, records in rows(
                    f"SELECT {owner}, {column}, count(*) FROM records WHERE {owner}<>0 GROUP BY 1, 2"):
                found[scope, dbid, kind, value] = records
    return found


def broken(store):
    """What does not hold, as texts."""
    rows = store.rows
    findings = [f"a damaged store: {text}" for text in store.damage()]
    findings += [f"{what}: {found[:5]}" for what, query in QUERIES if (found := rows(query))]
    kept = {row[:4]: row[4]
            for row in rows("SELECT scope, dbid, kind, value, records FROM statistics WHERE records<>0")}
    recount = counted(rows)
    wrong = [(key, kept.get(key), recount.get(key)) for key in kept.keys() | recount.keys()
             if kept.get(key) != recount.get(key)]
    if wrong:
        findings.append(f"statistics (scope, dbid, kind, value), kept, counted: {sorted(wrong)[:5]}")
    return findings
