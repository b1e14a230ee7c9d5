# Jobs that run beside Snakemake itself, also on a cluster: one of a few minutes at most would wait longer than it works.
SMALL = 5  # minutes, given as a plain number: a time that grows with the attempt is that of a job for the cluster


def is_small(minutes):
    plain = minutes is not None and not minutes.is_evaluable() and minutes.value is not None
    return plain and minutes.value <= SMALL


workflow.localrules(*(one.name for one in workflow.rules if is_small(one.resources.get("runtime"))))
